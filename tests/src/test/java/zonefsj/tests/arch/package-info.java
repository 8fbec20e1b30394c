/**
 * Holds the layers: which module may use which, and which single package may use which foreign
 * library. Everything is read from the compiled classes that the tests run with; a rule that finds
 * nothing to rule on fails.
 */
@NullMarked
package zonefsj.tests.arch;

import org.jspecify.annotations.NullMarked;
