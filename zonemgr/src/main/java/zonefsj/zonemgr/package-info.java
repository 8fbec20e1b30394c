/** Who may write which zone, and how many are open. */
@NullMarked
package zonefsj.zonemgr;

import org.jspecify.annotations.NullMarked;
