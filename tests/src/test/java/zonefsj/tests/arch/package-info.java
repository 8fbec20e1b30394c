// SPDX-License-Identifier: Apache-2.0
/**
 * Holds the layers: which module may use which, and which single package may use which foreign
 * library. Also checks documents against the files, and the shipped jars: the SBOM lists exactly
 * these jars, and none has a known vulnerability that the list does not accept.
 *
 * <p>Invariants: rules read the compiled classes that the tests run with, and the sources. A rule
 * that finds nothing to check fails.
 *
 * <p>Threading: everything is immutable and used by one thread.
 */
@NullMarked
package zonefsj.tests.arch;

import org.jspecify.annotations.NullMarked;
