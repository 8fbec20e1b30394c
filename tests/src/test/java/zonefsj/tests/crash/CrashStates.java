package zonefsj.tests.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.tests.crash.DriveChange.Finish;
import zonefsj.tests.crash.DriveChange.Flush;
import zonefsj.tests.crash.DriveChange.Reset;
import zonefsj.tests.crash.DriveChange.Write;

/**
 * Makes the drives that a power loss can leave. Everything up to the last completed flush is there.
 * Of what came after, each zone keeps a prefix of its own, of which the last write may be torn at
 * any block; so a zone whose reset was lost has nothing of what was written behind the reset. In a
 * conventional zone each block survives or does not by itself. The change that was under way at the
 * cut may be there, in part or whole.
 */
final class CrashStates {
  private final RamZonedDevice start;
  private final List<DriveChange> changes;
  private RamZonedDevice durable;
  private int durableChanges;

  /**
   * @param start the drive before the first change
   * @param changes all changes since
   */
  CrashStates(RamZonedDevice start, List<DriveChange> changes) throws IOException {
    this.start = start;
    this.changes = changes;
    this.durable = start.snapshot();
  }

  /**
   * The drive after a crash.
   *
   * @param cut how many changes had returned
   */
  RamZonedDevice after(int cut, Survivors survivors) throws IOException {
    int flushed = flushedBefore(cut);
    if (flushed < durableChanges) {
      durable = start.snapshot();
      durableChanges = 0;
    }
    applyAll(durable, changes.subList(durableChanges, flushed));
    durableChanges = flushed;
    RamZonedDevice crashed = durable.snapshot();
    survive(crashed, flushed, cut, survivors);
    return crashed;
  }

  /** Brings an empty drive to the state after a crash; the first change found it empty. */
  void replay(ZonedDevice empty, int cut, Survivors survivors) throws IOException {
    int flushed = flushedBefore(cut);
    applyAll(empty, changes.subList(0, flushed));
    survive(empty, flushed, cut, survivors);
  }

  private int flushedBefore(int cut) {
    int flushed = cut;
    while (flushed > 0 && !(changes.get(flushed - 1) instanceof Flush)) {
      flushed--;
    }
    return flushed;
  }

  private void survive(ZonedDevice drive, int flushed, int cut, Survivors survivors)
      throws IOException {
    switch (survivors.kind()) {
      case NONE -> {}
      case ALL -> applyAll(drive, changes.subList(flushed, cut));
      case SOME ->
          applySome(
              drive,
              changes.subList(flushed, Math.min(cut + 1, changes.size())),
              survivors.random());
    }
  }

  private static void applyAll(ZonedDevice drive, List<DriveChange> all) throws IOException {
    for (DriveChange change : all) {
      apply(drive, change, Set.of());
    }
  }

  private static void applySome(
      ZonedDevice drive, List<DriveChange> unflushed, SplittableRandom random) throws IOException {
    Map<Integer, List<DriveChange>> byZone = new TreeMap<>();
    for (DriveChange change : unflushed) {
      if (change.zone() >= 0) {
        byZone.computeIfAbsent(change.zone(), zone -> new ArrayList<>()).add(change);
      }
    }
    List<List<DriveChange>> surviving = new ArrayList<>();
    int block = drive.geometry().blockSizeBytes();
    for (Map.Entry<Integer, List<DriveChange>> zone : byZone.entrySet()) {
      boolean conventional = drive.report(zone.getKey(), 1).get(0).type() == ZoneType.CONVENTIONAL;
      surviving.add(
          conventional
              ? someBlocks(zone.getValue(), block, random)
              : prefix(zone.getValue(), block, random));
    }
    // What ends a zone first, so that the drive's limit of active zones is met as far as it can be.
    surviving.removeIf(List::isEmpty);
    surviving.sort(Comparator.comparing(one -> one.get(0) instanceof Write));
    Set<Integer> spoken = new HashSet<>();
    surviving.forEach(one -> spoken.add(one.get(0).zone()));
    for (List<DriveChange> one : surviving) {
      for (DriveChange change : one) {
        apply(drive, change, spoken);
      }
    }
  }

  private static List<DriveChange> prefix(
      List<DriveChange> sent, int block, SplittableRandom random) {
    int whole = random.nextInt(sent.size() + 1);
    List<DriveChange> kept = new ArrayList<>(sent.subList(0, whole));
    if (whole < sent.size() && sent.get(whole) instanceof Write torn) {
      int blocks = random.nextInt(torn.bytes().length / block + 1);
      if (blocks > 0) {
        kept.add(part(torn, 0, blocks * block));
      }
    }
    return kept;
  }

  private static List<DriveChange> someBlocks(
      List<DriveChange> sent, int block, SplittableRandom random) {
    List<DriveChange> kept = new ArrayList<>();
    for (DriveChange change : sent) {
      if (change instanceof Write write) {
        for (int from = 0; from < write.bytes().length; from += block) {
          if (random.nextBoolean()) {
            kept.add(part(write, from, block));
          }
        }
      }
    }
    return kept;
  }

  private static Write part(Write whole, int from, int length) {
    byte[] bytes = new byte[length];
    System.arraycopy(whole.bytes(), from, bytes, 0, length);
    return new Write(whole.zone(), whole.positionBytes() + from, bytes);
  }

  private static void apply(ZonedDevice drive, DriveChange change, Set<Integer> spoken)
      throws IOException {
    if (change instanceof Write write) {
      try {
        drive.write(write.positionBytes(), ByteBuffer.wrap(write.bytes()));
      } catch (DeviceException refused) {
        if (refused.reason() != Reason.TOO_MANY_ACTIVE) {
          throw refused;
        }
        finishOne(drive, spoken);
        drive.write(write.positionBytes(), ByteBuffer.wrap(write.bytes()));
      }
    } else if (change instanceof Reset reset) {
      drive.reset(reset.zone());
    } else if (change instanceof Finish finish) {
      drive.finish(finish.zone());
    } else {
      drive.flush();
    }
  }

  /**
   * A reset or finish was lost and the slot that it freed was used: a drive that finds more active
   * zones than it has slots for makes one of them full.
   */
  private static void finishOne(ZonedDevice drive, Set<Integer> spoken) throws IOException {
    for (ZoneDescriptor zone : drive.report(0, drive.geometry().zoneCount())) {
      if (zone.condition().isActive() && !spoken.contains(zone.index())) {
        drive.finish(zone.index());
        return;
      }
    }
    throw new IOException("every active zone has changes that survived");
  }
}
