// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.util.List;

/**
 * The state of the collector at one instant.
 *
 * @param state idle, working, urgent, or priority: a zone that must be emptied whatever is free
 * @param bytesMoved live bytes moved since the mount
 * @param zonesReset zones reset since the mount
 * @param lastVictims the newest victims, newest last
 */
public record GcSnapshot(
    String state, long bytesMoved, long zonesReset, List<VictimReport> lastVictims) {}
