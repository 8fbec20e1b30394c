// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.tune;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZonedDevice;
import zonefsj.device.filter.FirstZones;
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
import zonefsj.fs.volume.stored.VolumeFormatException;

/**
 * Changes label or UUID of a filesystem. It is a short mount, whose first superblock entry has the
 * new names: a mount is safe at each instant, and so is this. It costs as much as the first mount
 * on another host, because the index is rebuilt in a scratch directory.
 */
public final class VolumeTune {
  private final @Nullable String label;
  private final @Nullable UUID uuid;

  /**
   * @param label the new label, may be empty; null keeps the old one
   * @param uuid by which the filesystem is going to be known; null keeps the old one
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
   * Changes the names of a drive's filesystem; they are durable when this returns.
   *
   * @param device the drive, which no other program uses
   * @param scratch where an index is rebuilt
   * @return its new identity
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
   * Changes the names with a given clock and random numbers, for tests.
   *
   * @param formatIfNone format of the new checkpoint if the drive has none
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

  /**
   * The checkpoint format that the index must read now, and later mounts; empty without a
   * checkpoint.
   */
  private static String checkpointFormat(ZonedDevice whole, ProgressListener progress)
      throws IOException {
    FirstZones device = new FirstZones(whole);
    SuperblockEntry entry = Recovery.find(device, true, progress);
    SuperblockEntry.CheckpointRef checkpoint = entry.checkpoint();
    if (checkpoint == null) {
      return "";
    }
    Recovery.checkPlaces(entry, device.geometry());
    return StoredCheckpoint.open(device, entry.filesystem(), checkpoint, progress)
        .manifest()
        .format();
  }

  private SuperblockEntry.Facts named(SuperblockEntry.Facts facts) {
    SuperblockEntry.Facts named = label == null ? facts : facts.withLabel(label);
    return uuid == null ? named : named.withUuid(uuid);
  }
}
