// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.tune;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.VolumeEnvironment;
import zonefsj.fs.volume.VolumeFormatter;
import zonefsj.fs.volume.VolumeIdentity;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.fs.volume.check.ScratchIndex;
import zonefsj.fs.volume.recovery.Recovery;
import zonefsj.fs.volume.stored.StoredCheckpoint;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockFinder;
import zonefsj.fs.volume.stored.VolumeFormatException;

/**
 * Gives a filesystem other names. It is a short mount, whose first root has them: what a mount does
 * to a drive is safe at each instant, and so is this. It costs what the first mount on another host
 * costs, for the index is rebuilt in a scratch place.
 */
public final class VolumeTune {
  private final @Nullable String label;
  private final @Nullable UUID uuid;

  /**
   * @param label the new one, may be empty; null: it stays
   * @param uuid by which the filesystem is going to be known; null: it stays
   * @throws VolumeFormatException if no filesystem can have this label
   */
  public VolumeTune(@Nullable String label, @Nullable UUID uuid) throws VolumeFormatException {
    if (label != null) {
      VolumeFormatter.checkLabel(label);
    }
    this.label = label;
    this.uuid = uuid;
  }

  /**
   * Changes a drive's filesystem; when this returns it is durable.
   *
   * @param device the drive, which nobody else uses
   * @param scratch where an index is rebuilt
   * @return its names now
   * @throws VolumeFormatException if it holds no filesystem that this program can write
   * @throws IOException if the drive or the host failed; the filesystem has its old or its new
   *     names
   */
  public VolumeIdentity apply(ZonedDevice device, Scratch scratch, ProgressListener progress)
      throws IOException {
    return apply(
        device,
        scratch,
        ScratchIndex.ROCKS_FORMAT,
        Clock.systemUTC(),
        new SplittableRandom(new SecureRandom().nextLong()),
        progress);
  }

  /**
   * Does so with a given clock and random numbers, for tests.
   *
   * @param formatIfNone of the checkpoint that is left where there was none
   */
  public VolumeIdentity apply(
      ZonedDevice device,
      Scratch scratch,
      String formatIfNone,
      InstantSource clock,
      RandomGenerator nonces,
      ProgressListener progress)
      throws IOException {
    String format = checkpointFormat(device, progress);
    try (ScratchIndex index = ScratchIndex.of(format.isEmpty() ? formatIfNone : format, scratch);
        Volume volume =
            Volume.mount(
                device,
                VolumeOptions.DEFAULT,
                new VolumeEnvironment(clock, nonces, index.stores(), false),
                this::named,
                progress)) {
      return volume.identity();
    }
  }

  /** What the index must read now, and mounts afterwards; empty if there is no checkpoint. */
  private static String checkpointFormat(ZonedDevice device, ProgressListener progress)
      throws IOException {
    List<ZoneDescriptor> report = device.report(0, device.geometry().zoneCount());
    SuperblockEntry root = new SuperblockFinder(device, report).anywhere(progress);
    SuperblockEntry.CheckpointRef checkpoint = root == null ? null : root.checkpoint();
    if (root == null || checkpoint == null) {
      return "";
    }
    Recovery.check(root, device.geometry(), true);
    Recovery.checkPlaces(root, device.geometry());
    return StoredCheckpoint.open(device, root.filesystem(), checkpoint, progress)
        .manifest()
        .format();
  }

  private SuperblockEntry.Facts named(SuperblockEntry.Facts facts) {
    SuperblockEntry.Facts named = label == null ? facts : facts.withLabel(label);
    return uuid == null ? named : named.withUuid(uuid);
  }
}
