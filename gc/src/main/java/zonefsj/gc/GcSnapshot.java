// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

import java.util.List;

/**
 * The collector at one instant.
 *
 * @param state idle, working, urgent
 * @param bytesCopied live bytes moved since the start
 * @param zonesReset zones reset since the start
 * @param lastVictims the newest victims, one line each, newest last
 */
public record GcSnapshot(
    String state, long bytesCopied, long zonesReset, List<String> lastVictims) {}
