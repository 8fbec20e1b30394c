// SPDX-License-Identifier: Apache-2.0
/**
 * Holds the layers: which module may use which, and which single package may use which foreign
 * library. Everything is read from the compiled classes that the tests run with; a rule that finds
 * nothing to rule on fails.
 *
 * <p>Holds, too, what is shipped: the build's SBOM is of the very jars, and no jar is known to be
 * vulnerable. Everything here is immutable, and used by one thread.
 */
@NullMarked
package zonefsj.tests.arch;

import org.jspecify.annotations.NullMarked;
