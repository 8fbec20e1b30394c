// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

/**
 * Settings of the collector; they may be changed while it runs.
 *
 * @param background chooses victims while space is not short
 * @param urgent chooses victims below {@code urgentZones}
 * @param startZones number of free data zones below which the collector works
 * @param urgentZones number of free data zones below which it works without a rate limit
 * @param bytesPerSecond limit of moved bytes while not urgent; 0 for none
 * @param idleMillis quiet time after which it collects mostly dead zones although space is not
 *     short; 0 for never
 */
public record GcSettings(
    VictimPolicy background,
    VictimPolicy urgent,
    int startZones,
    int urgentZones,
    long bytesPerSecond,
    long idleMillis) {}
