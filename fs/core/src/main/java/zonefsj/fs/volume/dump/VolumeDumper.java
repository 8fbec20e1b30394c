// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.dump;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.filter.FirstZones;
import zonefsj.fs.ClockText;
import zonefsj.fs.PrintableName;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.recovery.Recovery;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.fs.volume.stored.CheckpointManifest.StoredFile;
import zonefsj.fs.volume.stored.StoredCheckpoint;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockLog;
import zonefsj.fs.volume.stored.VolumeFormatException;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.FrameHeader;

/**
 * Shows the structures on a drive as text, to study or to diagnose them. Reads superblock log,
 * journal, checkpoint and the summaries of all chunks, but no file data except those of unproven
 * records; writes nothing. Damaged structures are reported, and the rest is shown.
 *
 * <p>Costs two reads of the journal, one of the checkpoint, one of each chunk's first block, and
 * the index in memory or in a temporary directory.
 */
public final class VolumeDumper {
  private final FirstZones device;
  private final DeviceGeometry geometry;
  private final List<ZoneDescriptor> report;
  private final Appendable out;
  private final ProgressListener progress;

  private VolumeDumper(
      FirstZones device, List<ZoneDescriptor> report, Appendable out, ProgressListener progress) {
    this.progress = progress;
    this.device = device;
    this.geometry = device.geometry();
    this.report = report;
    this.out = out;
  }

  /**
   * Shows a drive.
   *
   * @param whole the drive; no program may write to it meanwhile
   * @param out takes lines of text without control characters
   * @throws VolumeFormatException if it holds no filesystem, or one that this program does not know
   */
  public static void dump(ZonedDevice whole, Appendable out) throws IOException {
    dump(whole, out, ProgressListener.NONE);
  }

  /** As {@link #dump(ZonedDevice, Appendable)}, with its progress. */
  public static void dump(ZonedDevice whole, Appendable out, ProgressListener progress)
      throws IOException {
    FirstZones device = new FirstZones(whole);
    SuperblockEntry superblockEntry = Recovery.find(device, false, progress);
    List<ZoneDescriptor> report = device.report(0, device.geometry().zoneCount());
    new VolumeDumper(device, report, out, progress).dump(superblockEntry);
  }

  private void dump(SuperblockEntry superblockEntry) throws IOException {
    facts(superblockEntry);
    String contradiction = superblockEntry.contradiction(geometry);
    if (!contradiction.isEmpty()) {
      line("it names %s, which cannot be followed", contradiction);
      return;
    }
    for (int zone : superblockEntry.facts().superblockZones()) {
      superblock(report.get(zone));
    }
    new JournalDump(device, superblockEntry.filesystem(), out)
        .dump(superblockEntry.segments(), progress);
    CheckpointManifest manifest = checkpoint(superblockEntry);
    new ZoneDump(device, report, out, progress).dump(superblockEntry, manifest);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is of a library that is not used here
  private void line(String format, Object... arguments) throws IOException {
    out.append(String.format(format, arguments)).append('\n');
  }

  private void facts(SuperblockEntry superblockEntry) throws IOException {
    SuperblockEntry.Facts facts = superblockEntry.facts();
    line("filesystem %s", superblockEntry.uuid());
    if (!superblockEntry.uuid().equals(superblockEntry.filesystem())) {
      line("  its frames carry %s", superblockEntry.filesystem());
    }
    line("  label \"%s\"", printable(facts.label()));
    line("  format version %d", FrameHeader.FORMAT_VERSION);
    line(
        "  features: compatible 0x%x, read-only compatible 0x%x, incompatible 0x%x",
        facts.compatible(), facts.readOnlyCompatible(), facts.incompatible());
    line("  made %s", ClockText.of(Instant.ofEpochMilli(facts.createdMillis())));
    line(
        "  for %d zones of %d bytes, blocks of %d bytes",
        facts.zoneCount(), facts.zoneSizeBytes(), facts.blockSizeBytes());
    line("  superblock log in zones %s", facts.superblockZones());
    line("  copies of the journal: %d", facts.journalCopies());
    line("newest superblock entry");
    entry(superblockEntry);
    for (JournalSegment segment : superblockEntry.segments()) {
      line("    %s", JournalDump.describe(segment));
    }
  }

  private void entry(SuperblockEntry superblockEntry) throws IOException {
    SuperblockEntry.CheckpointRef ref = superblockEntry.checkpoint();
    line(
        "  generation %d, epoch %d, %s, %s, %d journal segments",
        superblockEntry.generation(),
        superblockEntry.epoch(),
        superblockEntry.clean() ? "unmounted cleanly" : "in use",
        ref == null
            ? "no checkpoint"
            : String.format(
                "checkpoint at sequence %d chain %016x, manifests at bytes %s",
                ref.contains().sequence(), ref.contains().chain(), ref.manifestPositions()),
        superblockEntry.segments().size());
  }

  private void superblock(ZoneDescriptor zone) throws IOException {
    line("superblock log in zone %d (%s, %s)", zone.index(), zone.type(), zone.condition());
    if (zone.condition() == ZoneCondition.OFFLINE) {
      return;
    }
    int unitBytes = FrameHeader.unitBytes(geometry.blockSizeBytes());
    int slotBytes = SuperblockLog.slotBytes(unitBytes);
    boolean ring = zone.type() == ZoneType.CONVENTIONAL;
    long written = zone.hasWritePointer() ? zone.writtenBytes() : zone.capacityBytes();
    long slots =
        ring
            ? SuperblockLog.conventionalSlots(zone.capacityBytes(), unitBytes)
            : SuperblockLog.slotsBegun(written, unitBytes);
    for (long slot = 0; slot < slots; slot++) {
      int length = ring ? slotBytes : SuperblockLog.slotLength(slot, written, unitBytes);
      ByteBuffer bytes = ByteBuffer.allocateDirect(length);
      SuperblockEntry entry = null;
      String unreadable = "";
      try {
        device.read(zone.startBytes() + slot * slotBytes, bytes);
        entry = SuperblockEntry.decode(bytes.flip());
      } catch (IOException failed) {
        unreadable = ": " + failed.getMessage();
      }
      if (entry != null) {
        entry(entry);
      } else if (!ring) {
        line("  slot %d holds no whole superblock entry%s", slot, unreadable);
      }
    }
  }

  private @Nullable CheckpointManifest checkpoint(SuperblockEntry superblockEntry)
      throws IOException {
    SuperblockEntry.CheckpointRef ref = superblockEntry.checkpoint();
    if (ref == null) {
      line("no checkpoint");
      return null;
    }
    CheckpointManifest manifest = null;
    String damage = "";
    try {
      manifest =
          StoredCheckpoint.open(device, superblockEntry.filesystem(), ref, ProgressListener.NONE)
              .manifest();
    } catch (IOException damaged) {
      damage = String.valueOf(damaged.getMessage());
    }
    for (long position : ref.manifestPositions()) {
      line(
          "checkpoint, manifest in zone %d at byte %d, %d bytes",
          geometry.zoneOf(position), position, ref.manifestFrameBytes());
    }
    if (manifest == null) {
      line("  damaged: %s", damage);
      return null;
    }
    line(
        "  format %s, contains sequence %d chain %016x, %d files",
        printable(manifest.format()),
        manifest.mark().sequence(),
        manifest.mark().chain(),
        manifest.files().size());
    for (StoredFile file : manifest.files()) {
      line(
          "  file %s, %d bytes, SHA-256 %s",
          printable(file.info().name()), file.info().sizeBytes(), file.info().contentHash());
      for (int copy = 0; copy < file.copies().size(); copy++) {
        for (CheckpointManifest.Part part : file.copies().get(copy)) {
          line(
              "    copy %d: %d bytes in zone %d at byte %d",
              copy + 1, part.payloadBytes(), geometry.zoneOf(part.position()), part.position());
        }
      }
    }
    return manifest;
  }

  private static String printable(String text) {
    return PrintableName.of(text.getBytes(StandardCharsets.UTF_8));
  }
}
