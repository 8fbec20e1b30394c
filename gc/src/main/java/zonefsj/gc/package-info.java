/** The collector of half-dead zones. */
@NullMarked
package zonefsj.gc;

import org.jspecify.annotations.NullMarked;
