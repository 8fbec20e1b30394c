// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.fault.Fault;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.tests.crash.LogSilencer;

/**
 * Pairs of faults that a drive may have and that cost nothing: a write fails, is torn or wears its
 * zone out, and soon after or much later another one, a reset or a finish. The application sees
 * nothing, nothing is lost, also after a crash, and fsck finds nothing. A pair is a seed.
 */
public final class FaultPairsProof {
  /** Half of the seconds come so soon that the first fault is still being dealt with. */
  private static final int SOON = 4;

  private static final String DEAD_SUPERBLOCK_ZONE = "a copy of the superblock log lies in a zone";

  private static final List<Fault> OF_A_WRITE =
      List.of(new Fault.Fail(Reason.MEDIA), new Fault.Tear(1), new Fault.WearReadOnly());
  private static final List<Fault> OF_A_RESET =
      List.of(new Fault.Fail(Reason.MEDIA), new Fault.WearReadOnly(), new Fault.WearOffline());

  private static final VolumeOptions TO_READ =
      new VolumeOptions(
          true,
          VolumeOptions.DEFAULT.commitInterval(),
          null,
          VolumeOptions.DEFAULT.cacheBytes(),
          VolumeOptions.DEFAULT.dirtyBytes(),
          VolumeOptions.AccessTimes.NONE,
          VolumeOptions.DEFAULT.errors(),
          VolumeOptions.DEFAULT.gc(),
          VolumeOptions.DEFAULT.zones());

  private FaultPairsProof() {}

  /**
   * Tries pairs.
   *
   * @param count so many
   * @param limit or as long as this
   * @return how many failed
   */
  public static long prove(long seed, long count, @Nullable Duration limit, PrintStream out)
      throws IOException {
    long end = limit == null ? Long.MAX_VALUE : System.nanoTime() + limit.toNanos();
    long tried = 0;
    long failed = 0;
    LogSilencer quiet = new LogSilencer();
    try (quiet) {
      Accesses accesses = Accesses.count();
      for (; tried < count && System.nanoTime() < end; tried++) {
        String wrong = tryOne(seed + tried, accesses);
        if (wrong != null) {
          failed++;
          out.println(wrong);
          out.println(
              "repeat with: tests/prove faultpairs --seed " + (seed + tried) + " --count 1");
        }
      }
    }
    out.println("faultpairs: tried=" + tried + " failed=" + failed + " seed=" + seed);
    return failed;
  }

  /** How often the workload does what may fail. */
  private record Accesses(long writes, long resets) {
    static Accesses count() throws IOException {
      try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
        long writes = drive.device.begun(DeviceOperation.WRITE);
        long resets = drive.device.begun(DeviceOperation.RESET);
        if (RewrittenFiles.on(drive).error() != null) {
          throw new IllegalStateException("the workload fails without a fault");
        }
        return new Accesses(
            drive.device.begun(DeviceOperation.WRITE) - writes,
            drive.device.begun(DeviceOperation.RESET) - resets);
      }
    }
  }

  private static <T> T oneOf(List<T> some, SplittableRandom random) {
    return some.get(random.nextInt(some.size()));
  }

  private static @Nullable String tryOne(long seed, Accesses accesses) {
    SplittableRandom random = new SplittableRandom(seed);
    long first = 1 + random.nextLong(accesses.writes());
    Fault firstFault = oneOf(OF_A_WRITE, random);
    String what = "seed " + seed + ": " + firstFault + " at write " + first;
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      drive.script.on(DeviceOperation.WRITE, first, firstFault);
      switch (random.nextInt(4)) {
        case 0, 1 -> {
          long second =
              random.nextBoolean()
                  ? first + 1 + random.nextInt(SOON)
                  : 1 + random.nextLong(accesses.writes());
          Fault fault = oneOf(OF_A_WRITE, random);
          what += ", " + fault + " at write " + second;
          drive.script.on(DeviceOperation.WRITE, second, fault);
        }
        case 2 -> {
          long second = 1 + random.nextLong(accesses.resets());
          Fault fault = oneOf(OF_A_RESET, random);
          what += ", " + fault + " at reset " + second;
          drive.script.on(DeviceOperation.RESET, second, fault);
        }
        default -> {
          int second = 1 + random.nextInt(SOON);
          what += ", a failed finish " + second;
          drive.script.fail(DeviceOperation.FINISH, second, Reason.MEDIA);
        }
      }
      RewrittenFiles files = RewrittenFiles.on(drive);
      if (files.error() != null && !bothSuperblockZonesAreDead(drive)) {
        return what
            + ": the application saw "
            + files.error()
            + RewrittenFiles.stack(files.error());
      }
      String wrong = wrongAfterwards(drive, files, random.nextBoolean());
      return wrong == null ? null : what + ": " + wrong;
    } catch (ErrnoException | IOException | RuntimeException failed) {
      return what + ": afterwards " + failed + RewrittenFiles.stack(failed);
    }
  }

  /**
   * Then no superblock entry can be written any more: what there is can be read, as FAULTS.md says.
   */
  private static boolean bothSuperblockZonesAreDead(FaultyVolume drive) throws IOException {
    return drive.ram.report(0, 2).stream()
        .allMatch(
            zone ->
                zone.condition() == ZoneCondition.READ_ONLY
                    || zone.condition() == ZoneCondition.OFFLINE);
  }

  private static @Nullable String wrongAfterwards(
      FaultyVolume drive, RewrittenFiles files, boolean loseIndex)
      throws ErrnoException, IOException {
    String wrong = files.compareWith(drive, false);
    if (wrong != null) {
      return wrong;
    }
    boolean isOver = bothSuperblockZonesAreDead(drive);
    drive.crash(loseIndex, isOver ? TO_READ : VolumeOptions.DEFAULT);
    wrong = files.compareWith(drive, false);
    if (wrong != null) {
      return "after a crash " + wrong;
    }
    if (isOver) {
      return null;
    }
    drive.writeDurably("later", FaultyVolume.random(99, 30_000));
    drive.remount();
    if (drive.volume().status().readOnly()) {
      return "read-only in the end";
    }
    drive.unmount();
    // That a superblock zone is dead is no damage, and true.
    List<String> findings =
        VolumeChecker.check(drive.ram, true, ProgressListener.NONE).findings().stream()
            .map(Object::toString)
            .filter(finding -> !finding.contains(DEAD_SUPERBLOCK_ZONE))
            .toList();
    return findings.isEmpty() ? null : "fsck finds " + findings;
  }
}
