// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.scrub;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.ZonedDevice;
import zonefsj.device.filter.OneCopyDevice;
import zonefsj.fs.HostException;
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.commit.CheckpointScheduler;
import zonefsj.fs.volume.commit.CheckpointWriter;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.stored.CheckpointManifest.Part;
import zonefsj.fs.volume.stored.StoredCheckpoint;
import zonefsj.fs.volume.stored.SuperblockEntry.CheckpointRef;
import zonefsj.fs.volume.stored.SuperblockLog;
import zonefsj.journal.Journal;
import zonefsj.journal.JournalReader;
import zonefsj.journal.JournalSegment;

/**
 * Verifies journal and checkpoint of a mounted filesystem, every copy. A new checkpoint replaces
 * damaged metadata; it writes the files in zones with damaged frames again.
 */
public final class MetadataScrub {
  private static final Logger LOG = LoggerFactory.getLogger(MetadataScrub.class);

  private final ZonedDevice device;
  private final UUID filesystem;
  private final Journal journal;
  private final SuperblockLog superblockLog;
  private final VolumeHealth health;
  private final CheckpointScheduler checkpoints;
  private final CheckpointWriter checkpointer;

  public MetadataScrub(
      ZonedDevice device,
      UUID filesystem,
      Journal journal,
      SuperblockLog superblockLog,
      VolumeHealth health,
      CheckpointScheduler checkpoints,
      CheckpointWriter checkpointer) {
    this.device = device;
    this.filesystem = filesystem;
    this.journal = journal;
    this.superblockLog = superblockLog;
    this.health = health;
    this.checkpoints = checkpoints;
    this.checkpointer = checkpointer;
  }

  /**
   * What was found.
   *
   * @param damages frames of which one of the filesystem's own copies is damaged
   * @param repaired frames that only a copy of the drive has wrong, and that are written again
   * @param left frames that only a copy of the drive has wrong, and that could not be written again
   */
  public record Found(long damages, long repaired, long left) {}

  /**
   * Verifies all copies: those of the filesystem, and of each of them those of the drive.
   *
   * @param verified receives the number of intact bytes, and may wait
   * @param progress receives the number of bytes read, of all copies
   * @param mayGoOn asked between reads; after a stop the next scrub starts again
   */
  public Found run(LongConsumer verified, ProgressListener progress, BooleanSupplier mayGoOn)
      throws IOException {
    List<JournalSegment> segments = journal.segments();
    List<Part> stored = checkpointer.parts();
    PassProgress pass =
        new PassProgress(
            progress, "verifying journal and checkpoint, in bytes", bytes(segments, stored));
    Looked looked = new Looked(verified, pass);
    long damages = findDamages(segments, stored, looked, mayGoOn);
    boolean isRenewed = damages + looked.wrongCopies > 0 && !health.isReadOnly() && renew();
    return new Found(
        damages, isRenewed ? looked.wrongCopies : 0, isRenewed ? 0 : looked.wrongCopies);
  }

  private boolean renew() throws IOException {
    try {
      checkpoints.take();
      return true;
    } catch (HostException host) {
      LOG.warn("what is damaged is written again later: {}", host.getMessage());
      return false;
    }
  }

  /** What was seen so far. */
  private static final class Looked {
    /** Receives the number of intact bytes. */
    private final LongConsumer verified;

    /** Receives the number of all bytes. */
    private final PassProgress pass;

    private long wrongCopies;

    Looked(LongConsumer verified, PassProgress pass) {
      this.verified = verified;
      this.pass = pass;
    }
  }

  /** Bytes to verify, in all copies. */
  private static long bytes(List<JournalSegment> segments, List<Part> stored) {
    return segments.stream()
            .filter(segment -> !segment.isOpen())
            .mapToLong(segment -> segment.copies().size() * segment.lengthBytes())
            .sum()
        + stored.stream().mapToLong(Part::payloadBytes).sum();
  }

  private long findDamages(
      List<JournalSegment> segments, List<Part> stored, Looked looked, BooleanSupplier mayGoOn)
      throws IOException {
    long damages = 0;
    for (JournalSegment segment : segments) {
      for (JournalSegment.Copy copy : segment.copies()) {
        if (!mayGoOn.getAsBoolean()) {
          return damages;
        }
        damages += segment.isOpen() ? 0 : check(segment, copy, looked);
      }
    }
    CheckpointRef ref = superblockLog.current().checkpoint();
    if (ref != null) {
      for (long position : ref.manifestPositions()) {
        damages += checkManifest(ref, position, looked);
      }
    }
    for (Part part : stored) {
      if (!mayGoOn.getAsBoolean()) {
        return damages;
      }
      damages += check(part, looked);
      looked.pass.add(part.payloadBytes());
    }
    return damages;
  }

  private int check(JournalSegment segment, JournalSegment.Copy copy, Looked looked)
      throws IOException {
    long whole = new JournalReader(device, filesystem).wholeBytes(segment, copy);
    looked.verified.accept(whole);
    looked.pass.add(segment.lengthBytes());
    if (whole >= segment.lengthBytes()) {
      checkCopies(
          copy.startBytes(),
          looked,
          one ->
              new JournalReader(one, filesystem).wholeBytes(segment, copy) >= segment.lengthBytes(),
          () -> journal.segments().contains(segment));
    }
    // A checkpoint may have trimmed it meanwhile.
    if (whole >= segment.lengthBytes() || !journal.segments().contains(segment)) {
      return 0;
    }
    health.report(
        "scrub: the journal is damaged in zone "
            + copy.zone()
            + " at byte "
            + (copy.startBytes() + whole)
            + "; a checkpoint replaces it");
    return 1;
  }

  private int checkManifest(CheckpointRef ref, long position, Looked looked)
      throws DeviceException {
    try {
      StoredCheckpoint.readManifest(device, filesystem, ref, position);
      checkCopies(
          position,
          looked,
          copy -> {
            StoredCheckpoint.readManifest(copy, filesystem, ref, position);
            return true;
          },
          () -> ref.equals(superblockLog.current().checkpoint()));
      return 0;
    } catch (IOException damaged) {
      DeviceException.rethrowInconclusive(damaged);
      if (!ref.equals(superblockLog.current().checkpoint())) {
        return 0;
      }
      health.report("scrub: " + damaged.getMessage() + "; it is written again");
      return 1;
    }
  }

  private int check(Part part, Looked looked) throws DeviceException {
    try {
      StoredCheckpoint.readPart(device, filesystem, part);
      looked.verified.accept(part.payloadBytes());
      boolean isWrong =
          checkCopies(
              part.position(),
              looked,
              copy -> {
                StoredCheckpoint.readPart(copy, filesystem, part);
                return true;
              },
              () -> checkpointer.parts().contains(part));
      if (isWrong) {
        checkpointer.distrust(device.geometry().zoneOf(part.position()));
      }
      return 0;
    } catch (IOException damaged) {
      DeviceException.rethrowInconclusive(damaged);
      // A checkpoint may have replaced it meanwhile.
      List<Part> now = checkpointer.parts();
      if (!now.contains(part)) {
        return 0;
      }
      checkpointer.distrust(device.geometry().zoneOf(part.position()));
      health.report("scrub: " + damaged.getMessage() + "; it is written again");
      return 1;
    }
  }

  /** Whether a copy of the drive holds what it must. */
  @FunctionalInterface
  private interface CopyTest {
    /**
     * Reads from one copy.
     *
     * @return whether it is right
     * @throws IOException also if it is wrong
     */
    boolean isRight(OneCopyDevice copy) throws IOException;
  }

  /**
   * Verifies each copy of the drive of what can be read; returns whether one is wrong. If none is
   * right, or a checkpoint has replaced what was read, the zone may be another's by now: then
   * nobody is to blame.
   *
   * @param isCurrent whether the filesystem still needs what is read
   */
  private boolean checkCopies(
      long positionBytes, Looked looked, CopyTest test, BooleanSupplier isCurrent)
      throws DeviceException {
    List<Integer> wrong = new ArrayList<>();
    boolean isAnyRight = false;
    for (int number = 0; device.copies() > 1 && number < device.copies(); number++) {
      OneCopyDevice copy = new OneCopyDevice(device, number);
      if (!copy.answers(positionBytes)) {
        continue;
      }
      if (isRight(copy, test)) {
        isAnyRight = true;
      } else if (!copy.hasFailed()) {
        wrong.add(number);
      }
    }
    if (wrong.isEmpty() || !isAnyRight || !isCurrent.getAsBoolean()) {
      return false;
    }
    for (int number : wrong) {
      LOG.warn(
          "scrub: metadata are wrong in copy {} of the drive at byte {} or behind",
          number,
          positionBytes);
      device.noteWrong(number, positionBytes);
      looked.wrongCopies++;
    }
    return true;
  }

  private static boolean isRight(OneCopyDevice copy, CopyTest test) throws DeviceException {
    try {
      return test.isRight(copy);
    } catch (IOException wrong) {
      DeviceException.rethrowInconclusive(wrong);
      return false;
    }
  }
}
