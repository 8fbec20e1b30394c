// SPDX-License-Identifier: Apache-2.0
/**
 * Shows a live mount to monitoring and to people: metrics in the text format of Prometheus, and a
 * page that draws the zones, both by HTTP, see {@link zonefsj.fs.monitor.MonitorServer}.
 *
 * <p>Invariants: nothing here changes the mount, and nothing leaves this host unless the
 * administrator names an address that others reach.
 *
 * <p>Threading: the server has a few threads of its own. What they ask the mount is thread-safe,
 * and one request at a time does.
 */
@NullMarked
package zonefsj.fs.monitor;

import org.jspecify.annotations.NullMarked;
