// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

/**
 * One victim: why it was chosen, and what its collection cost.
 *
 * @param zone index
 * @param reason in a few words, as of the choice
 * @param liveBytes live bytes at the choice
 * @param movedBytes bytes that were moved out of it so far, or in all
 * @param freedBytes bytes of the zone that its collection made free; 0 before it has ended, or if
 *     data stay in it
 * @param hasEnded whether the collection has ended
 */
public record VictimReport(
    int zone, String reason, long liveBytes, long movedBytes, long freedBytes, boolean hasEnded) {}
