// SPDX-License-Identifier: Apache-2.0
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
import zonefsj.tests.crash.DriveChange.Finish;
import zonefsj.tests.crash.DriveChange.Flush;
import zonefsj.tests.crash.DriveChange.Reset;
import zonefsj.tests.crash.DriveChange.Write;

/**
 * Makes the drives that a power loss can leave. Everything up to the last completed flush is there.
 * Of what came after, each zone keeps a prefix of its own, of which the last write may be torn at
 * any block, and the last blocks may be garbage below a pointer that has moved; so a zone whose
 * reset was lost has nothing of what was written behind the reset. In a conventional zone each
 * block survives or does not by itself. The change that was under way at the cut may be there, in
 * part or whole. Beyond the write pointers lies what was there before, or what was lost.
 */
final class CrashStates {
  private final CrashImage start;
  private final List<DriveChange> changes;
  private CrashImage durable;
  private int durableChanges;

  /**
   * @param start the drive before the first change
   * @param changes all changes since
   */
  CrashStates(CrashImage start, List<DriveChange> changes) throws IOException {
    this.start = start;
    this.changes = changes;
    this.durable = start.snapshot();
  }

  /**
   * The drive after a crash.
   *
   * @param cut how many changes had returned
   */
  CrashImage after(int cut, SurvivingChanges survivors) throws IOException {
    int flushed = flushedBefore(cut);
    if (flushed < durableChanges) {
      durable = start.snapshot();
      durableChanges = 0;
    }
    applyAll(durable.drive(), changes.subList(durableChanges, flushed));
    note(durable.medium(), changes.subList(durableChanges, flushed));
    durableChanges = flushed;
    CrashImage crashed = durable.snapshot();
    List<DriveChange> sent = changes.subList(flushed, Math.min(cut + 1, changes.size()));
    switch (survivors.kind()) {
      case NONE -> {}
      case ALL -> applyAll(crashed.drive(), changes.subList(flushed, cut));
      case SOME -> {
        SplittableRandom random = survivors.random();
        applySome(crashed, sent, random);
        if (random.nextBoolean()) {
          return crashed;
        }
      }
    }
    note(crashed.medium(), sent);
    return crashed;
  }

  private int flushedBefore(int cut) {
    int flushed = cut;
    while (flushed > 0 && !(changes.get(flushed - 1) instanceof Flush)) {
      flushed--;
    }
    return flushed;
  }

  private static void note(MediumContents medium, List<DriveChange> all) throws IOException {
    for (DriveChange change : all) {
      medium.apply(change);
    }
  }

  private static void applyAll(ZonedDevice drive, List<DriveChange> all) throws IOException {
    for (DriveChange change : all) {
      apply(drive, change, Set.of());
    }
  }

  private void applySome(CrashImage crashed, List<DriveChange> unflushed, SplittableRandom random)
      throws IOException {
    ZonedDevice drive = crashed.drive();
    Map<Integer, List<DriveChange>> byZone = new TreeMap<>();
    for (DriveChange change : unflushed) {
      if (change.zone() >= 0) {
        byZone.computeIfAbsent(change.zone(), zone -> new ArrayList<>()).add(change);
      }
    }
    ZoneSurvival survival =
        new ZoneSurvival(drive.geometry().blockSizeBytes(), durable.medium(), random);
    List<List<DriveChange>> surviving = new ArrayList<>();
    for (Map.Entry<Integer, List<DriveChange>> zone : byZone.entrySet()) {
      boolean conventional = drive.report(zone.getKey(), 1).get(0).type() == ZoneType.CONVENTIONAL;
      surviving.add(
          conventional ? survival.blocks(zone.getValue()) : survival.prefix(zone.getValue()));
    }
    // What ends a zone first, so that the drive's limit of active zones is met as far as it can be.
    surviving.removeIf(List::isEmpty);
    surviving.sort(Comparator.comparing(one -> one.get(0) instanceof Write));
    Set<Integer> spoken = new HashSet<>();
    surviving.forEach(one -> spoken.add(one.get(0).zone()));
    for (List<DriveChange> one : surviving) {
      for (DriveChange change : one) {
        apply(drive, change, spoken);
        crashed.medium().apply(change);
      }
    }
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

  /** A drive can have no such state: it has fewer slots for active zones. */
  static final class TooManySurvivorsException extends IOException {
    private static final long serialVersionUID = 1;

    TooManySurvivorsException() {
      super("every active zone has changes that survived");
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
    throw new TooManySurvivorsException();
  }
}
