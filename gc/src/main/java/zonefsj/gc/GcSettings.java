// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

/**
 * How the collector works; may be changed while it runs.
 *
 * @param background picks victims while space is not short
 * @param urgent picks victims below {@code urgentZones}
 * @param startZones free zones for data below which the collector works
 * @param urgentZones free zones for data below which it works without a limit
 * @param bytesPerSecond limit of moved bytes while not urgent; 0 for none
 * @param idleMillis quiet time after which it collects mostly dead zones although space is not
 *     short
 */
public record GcSettings(
    VictimPolicy background,
    VictimPolicy urgent,
    int startZones,
    int urgentZones,
    long bytesPerSecond,
    long idleMillis) {}
