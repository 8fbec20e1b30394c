// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

/**
 * Settings of the collector; they may be changed while it runs.
 *
 * @param policy ranks the victims
 * @param startZones number of free data zones below which the collector works. The collector lowers
 *     both numbers to half of what the live data leave free: with less in zones that are written,
 *     it would move nearly full zones without end
 * @param urgentZones number of free data zones below which it works without a rate limit
 * @param bytesPerSecond limit of moved bytes while not urgent; 0 for none
 * @param idleMillis quiet time after which it collects mostly dead zones although space is not
 *     short; 0 for never
 */
public record GcSettings(
    VictimPolicy policy, int startZones, int urgentZones, long bytesPerSecond, long idleMillis) {
  private static final int START_ZONES = 8;
  private static final long START_BYTES = 16 << 20;

  /** The largest part of a drive that is kept free. */
  private static final int START_PART = 5;

  /**
   * How many free zones writers need, at least: some zones for the streams to continue in, and room
   * for what commits write at once. More would cost write amplification, because a zone that is
   * kept free is lost for data that die; but it is at most a fifth of the drive.
   *
   * @param zones number of zones of the drive
   * @param zoneBytes length of a zone
   */
  public static int automaticStartZones(int zones, long zoneBytes) {
    long needed = Math.max(START_ZONES, START_BYTES / zoneBytes);
    return (int) Math.max(2, Math.min(needed, zones / START_PART));
  }
}
