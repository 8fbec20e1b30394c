/** The one redo log. */
@NullMarked
package zonefsj.journal;

import org.jspecify.annotations.NullMarked;
