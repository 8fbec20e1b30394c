// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.repair;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.filter.FirstZones;
import zonefsj.fs.HostException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.volume.check.CheckpointCheck;
import zonefsj.fs.volume.check.Findings;
import zonefsj.fs.volume.check.ScratchIndex;
import zonefsj.fs.volume.recovery.Recovery;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.fs.volume.stored.StoredCheckpoint;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.VolumeFormatException;
import zonefsj.journal.JournalPosition;
import zonefsj.journal.JournalReader;
import zonefsj.journal.JournalSegment;

/**
 * The newest state that can be rebuilt from a damaged drive. If a mount can rebuild a state, it is
 * that one. If only the journal is damaged, it is the checkpoint and every record that proves
 * itself, also behind the damage: each record puts and deletes whole keys, and other passes check
 * what the keys refer to. A stop at the damage would lose all data that the collector moved since.
 */
final class IndexCandidates implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(IndexCandidates.class);

  private static final String NO_CHECKPOINT =
      "the checkpoint cannot be read, and it alone holds what is older than the journal; nothing"
          + " was changed: if the index on the host is good, a mount with it writes a new"
          + " checkpoint; if it is lost, fsck --salvage brings back data without their names";

  private final ScratchIndex place;
  private final Recovery.Recovered recovered;
  private final ProvenRecords.Salvage salvage;
  private final boolean whole;

  private IndexCandidates(
      ScratchIndex place,
      Recovery.Recovered recovered,
      ProvenRecords.Salvage salvage,
      boolean whole) {
    this.place = place;
    this.recovered = recovered;
    this.salvage = salvage;
    this.whole = whole;
  }

  /**
   * Rebuilds the index.
   *
   * @throws VolumeFormatException if the checkpoint cannot be read
   * @throws HostException if the host, not the drive, has failed: nothing may then be repaired
   */
  static IndexCandidates of(
      FirstZones device,
      List<ZoneDescriptor> report,
      SuperblockEntry entry,
      VolumeRepair.Plan plan,
      ProgressListener progress)
      throws IOException {
    if (plan.salvage() && !hasCheckpoint(device, entry, progress)) {
      return withoutCheckpoint(device, report, entry, plan);
    }
    CheckpointManifest manifest = manifest(device, entry, progress);
    ScratchIndex place =
        ScratchIndex.of(manifest == null ? plan.indexFormat() : manifest.format(), plan.scratch());
    boolean done = false;
    try {
      IndexCandidates history = bringUp(device, report, entry, manifest, place, progress);
      done = true;
      return history;
    } finally {
      if (!done) {
        place.close();
      }
    }
  }

  private static @Nullable CheckpointManifest manifest(
      FirstZones device, SuperblockEntry entry, ProgressListener progress) throws IOException {
    SuperblockEntry.CheckpointRef ref = entry.checkpoint();
    if (ref == null) {
      return null;
    }
    CheckpointManifest manifest =
        new CheckpointCheck(device, entry, new Findings(), progress).check();
    if (manifest == null) {
      throw new VolumeFormatException(NO_CHECKPOINT);
    }
    return manifest;
  }

  private static IndexCandidates bringUp(
      FirstZones device,
      List<ZoneDescriptor> report,
      SuperblockEntry entry,
      @Nullable CheckpointManifest manifest,
      ScratchIndex place,
      ProgressListener progress)
      throws IOException {
    try {
      Recovery.Recovered recovered = new Recovery(device, place.stores(), progress).run(true);
      return new IndexCandidates(place, recovered, ProvenRecords.Salvage.NOTHING, true);
    } catch (HostException host) {
      throw host;
    } catch (IOException damaged) {
      LOG.warn("the journal is damaged", damaged);
    }
    SuperblockEntry.CheckpointRef ref = entry.checkpoint();
    JournalPosition contained = ref == null ? JournalPosition.START : ref.contains();
    ProvenRecords.Salvage salvage =
        new ProvenRecords(device, entry.filesystem()).read(entry.segments(), contained);
    MetadataStore index =
        ref == null ? place.stores().create() : restore(device, entry, ref, place);
    JournalReader.Result journal =
        new JournalReader.Result(entry.segments(), contained, true, salvage.lostFrames());
    Recovery.Recovered recovered =
        new Recovery.Recovered(entry, report, index, journal, manifest, false, List.of());
    return new IndexCandidates(place, recovered, salvage, false);
  }

  private static boolean hasCheckpoint(
      FirstZones device, SuperblockEntry entry, ProgressListener progress) throws IOException {
    return entry.checkpoint() == null
        || new CheckpointCheck(device, entry, new Findings(), progress).check() != null;
  }

  /** Only the journal is left of the metadata: a new history begins with its records. */
  private static IndexCandidates withoutCheckpoint(
      FirstZones device, List<ZoneDescriptor> report, SuperblockEntry entry, VolumeRepair.Plan plan)
      throws IOException {
    ProvenRecords.Salvage salvage =
        new ProvenRecords(device, entry.filesystem())
            .read(entry.segments(), entry.segments().get(0).before());
    SuperblockEntry bare =
        new SuperblockEntry(
            entry.filesystem(),
            entry.generation(),
            entry.epoch(),
            entry.facts(),
            null,
            null,
            entry.segments());
    JournalReader.Result journal =
        new JournalReader.Result(
            entry.segments(), JournalPosition.START, true, salvage.lostFrames());
    ScratchIndex place = ScratchIndex.of(plan.indexFormat(), plan.scratch());
    boolean done = false;
    try {
      Recovery.Recovered recovered =
          new Recovery.Recovered(
              bare, report, place.stores().create(), journal, null, false, List.of());
      done = true;
      return new IndexCandidates(place, recovered, salvage, false);
    } finally {
      if (!done) {
        place.close();
      }
    }
  }

  private static MetadataStore restore(
      FirstZones device,
      SuperblockEntry entry,
      SuperblockEntry.CheckpointRef ref,
      ScratchIndex place)
      throws IOException {
    try (StoredCheckpoint content =
        StoredCheckpoint.open(device, entry.filesystem(), ref, ProgressListener.NONE)) {
      return place.stores().restore(content);
    } catch (HostException host) {
      throw host;
    } catch (IOException damaged) {
      throw new VolumeFormatException(NO_CHECKPOINT, damaged);
    }
  }

  Recovery.Recovered recovered() {
    return recovered;
  }

  MetadataStore index() {
    return recovered.index();
  }

  AppliedPosition mark() {
    JournalPosition end = recovered.journal().end();
    return new AppliedPosition(recovered.entry().filesystem(), end.sequence(), end.chain());
  }

  /** Records behind the journal that goes on; all of them if it is damaged. */
  List<BatchRecord> salvaged() {
    return salvage.records();
  }

  /** Those of these records that follow a gap. */
  List<BatchRecord> behindGap() {
    return salvage.records().subList(salvage.wholeRecords(), salvage.records().size());
  }

  /** Missing frames of the journal. */
  long lostFrames() {
    return salvage.lostFrames();
  }

  /** Whether a mount rebuilds the same state. */
  boolean isWhole() {
    return whole;
  }

  /** The journal that goes on: the existing one, or a new one that begins behind the checkpoint. */
  List<JournalSegment> segments() {
    return whole ? recovered.journal().segments() : List.of();
  }

  @Override
  public void close() throws IOException {
    recovered.index().close();
    place.close();
  }
}
