// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.volume.state.SpacePlan;
import zonefsj.zonemgr.ZoneLimits;

/**
 * One run, drawn by its seed.
 *
 * @param seed that it was drawn by
 * @param mounted a real mount; else a volume in this process
 * @param shape of the drive
 * @param settings of the mount
 * @param profile of the load
 * @param fillPercent of what statfs promises that files take about
 * @param threads workers
 * @param rounds of work; between two of them it is mounted anew
 * @param kills whether that is after the daemon was killed at work
 * @param losesIndex whether the index is lost with it
 * @param faults whether writes and finishes of the drive fail now and then
 * @param latencyMicros that each write and flush of the drive takes more
 */
record SoakPlan(
    long seed,
    boolean mounted,
    SoakShape shape,
    SoakSettings settings,
    LoadProfile profile,
    int fillPercent,
    int threads,
    int rounds,
    boolean kills,
    boolean losesIndex,
    boolean faults,
    int latencyMicros) {

  /** Data of all workers together, at most: the disk and the time are limited. */
  private static final long MAX_LIVE_BYTES = 512L << 20;

  /**
   * Pieces of a few bytes take several times their bytes, of zones and of the index: on a fuller
   * drive they may be refused (SEMANTICS.md, the exceptions of ours).
   */
  private static final int MOST_SCATTERED_PERCENT = 50;

  private static final long MIN_SIZE_BYTES = 24L << 20;
  private static final int MIN_ZONES = 20;

  /** Also for a mirrored journal. */
  private static final int LEAST_ACTIVE_ZONES = 8;

  private static final long SHORT_ZONE_ONE_IN = 8;
  private static final int MAX_ZONES = 20_000;
  private static final List<Long> ZONE_KILOBYTES =
      List.of(
          64L,
          128L,
          256L,
          1024L,
          1024L,
          1024L,
          2048L,
          2048L,
          4096L,
          16_384L,
          65_536L,
          131_072L,
          262_144L,
          2_097_152L);

  /**
   * Draws a run.
   *
   * @param threads workers; 0 to draw them, too
   */
  static SoakPlan draw(long seed, int threads) {
    SplittableRandom random = new SplittableRandom(Pattern.mix(seed, 0x50a4));
    boolean mounted = random.nextInt(5) < 3;
    SoakShape drawn = drawShape(random);
    boolean hasShortZone = Math.floorMod(seed, SHORT_ZONE_ONE_IN) == 1;
    SoakShape shape = hasShortZone ? drawn.withShortZone(drawn.zoneSizeBytes() / 2) : drawn;
    LoadProfile profile = draw(random, List.of(LoadProfile.values()));
    SoakSettings settings = drawSettings(random).withZones(limits(seed));
    int drawnThreads = draw(random, List.of(1, 2, 4, 8, 16));
    boolean faults = !mounted && random.nextInt(3) == 0;
    int fill = draw(random, List.of(10, 30, 50, 70, 80, 90, 95, 100, 100));
    return new SoakPlan(
        seed,
        mounted,
        shape,
        settings,
        profile,
        profile == LoadProfile.SCATTER ? Math.min(fill, MOST_SCATTERED_PERCENT) : fill,
        threads > 0 ? threads : drawnThreads,
        1 + random.nextInt(3),
        random.nextBoolean(),
        random.nextInt(3) == 0,
        faults,
        faults && random.nextBoolean() ? 100 + random.nextInt(2000) : 0);
  }

  private static <T> T draw(SplittableRandom random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  /** Draws until a filesystem fits the drive. */
  private static SoakShape drawShape(SplittableRandom random) {
    while (true) {
      int block = random.nextInt(3) == 0 ? 512 : 4096;
      long zone = draw(random, ZONE_KILOBYTES) << 10;
      long most = random.nextInt(4) == 0 ? zone * MAX_ZONES : 2 * MAX_LIVE_BYTES;
      double power = random.nextDouble();
      long size = (long) (MIN_SIZE_BYTES * Math.pow((double) most / MIN_SIZE_BYTES, power));
      int zones = (int) Math.max(MIN_ZONES, Math.min(MAX_ZONES, size / zone));
      int copies = random.nextInt(4) == 0 ? 2 : 1;
      int conventional = random.nextInt(4) == 0 ? 1 + random.nextInt(Math.min(8, zones / 4)) : 0;
      int active =
          random.nextInt(6) == 0
              ? 0
              : 7 + (random.nextBoolean() ? random.nextInt(8) : random.nextInt(122));
      SoakShape shape =
          new SoakShape(
              zones,
              zone,
              drawCapacity(random, zone, block),
              block,
              conventional,
              active,
              copies,
              0);
      if (fits(shape)) {
        return shape;
      }
    }
  }

  private static long drawCapacity(SplittableRandom random, long zone, int block) {
    long blocks = zone / block;
    return switch (zone <= 64 << 10 ? 0 : random.nextInt(4)) {
      case 0, 1 -> zone;
      case 2 -> zone / 4 * 3;
      // Odd: no multiple of anything.
      default -> (blocks - 1 - 2 * random.nextLong(Math.max(1, blocks / 8))) * block;
    };
  }

  private static boolean fits(SoakShape shape) {
    try (RamZonedDevice device = RamZonedDevice.create(shape.geometry())) {
      SpacePlan.of(device.geometry(), device.report(0, shape.allZones()), shape.journalCopies());
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  /** Of one seed in four: few active zones, or few streams. */
  private static ZoneLimits limits(long seed) {
    return switch (Math.floorMod(seed, 12)) {
      case 2 -> new ZoneLimits(LEAST_ACTIVE_ZONES, ZoneLimits.MOST_DATA_STREAMS);
      case 6 -> new ZoneLimits(Integer.MAX_VALUE, 2);
      case 10 -> new ZoneLimits(LEAST_ACTIVE_ZONES + 1, 3);
      default -> ZoneLimits.DEFAULT;
    };
  }

  private static SoakSettings drawSettings(SplittableRandom random) {
    boolean small = random.nextInt(3) == 0;
    return new SoakSettings(
        small ? 4L << 20 : VolumeOptions.DEFAULT.cacheBytes(),
        small ? 4L << 20 : draw(random, List.of(16L, 64L, 64L, 128L)) << 20,
        Duration.ofMillis(draw(random, List.of(200, 1000, 5000, 5000, 30_000))),
        draw(random, List.of(VolumeOptions.GcPolicy.values())),
        random.nextInt(6) == 0
            ? VolumeOptions.ErrorPolicy.CONTINUE
            : VolumeOptions.ErrorPolicy.REMOUNT_READ_ONLY,
        ZoneLimits.DEFAULT,
        random.nextInt(3) == 0 ? "jnr-fuse" : "direct",
        small && random.nextBoolean());
  }

  /** The same on a real mount, or not. */
  SoakPlan withMounted(boolean isMounted) {
    return new SoakPlan(
        seed,
        isMounted,
        shape,
        settings,
        profile,
        fillPercent,
        threads,
        rounds,
        kills,
        losesIndex,
        faults && !isMounted,
        isMounted ? 0 : latencyMicros);
  }

  /** Data that the workers keep about, of so much that is free on the new filesystem. */
  long liveBytes(long freeBytes) {
    return Math.min(MAX_LIVE_BYTES, freeBytes / 100 * fillPercent);
  }

  /** In words. */
  String describe() {
    return String.format(
        Locale.ROOT,
        "%s on %s; %s%s; %s files to %d%%, %d workers, %d rounds%s%s%s",
        mounted ? "mount" : "volume",
        shape.describe(),
        settings.mountOptions(),
        settings.leastHeap() ? " with the least heap" : "",
        profile.name().toLowerCase(Locale.ROOT),
        fillPercent,
        threads,
        rounds,
        kills ? ", killed" : "",
        kills && losesIndex ? ", index lost" : "",
        faults ? ", writes fail, " + latencyMicros + " us late" : "");
  }
}
