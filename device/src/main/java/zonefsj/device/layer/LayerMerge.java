// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.software.ZoneStateMachine;

/**
 * Merges a layer into the drive below, and removes the layer.
 *
 * <p>First the drive resets the zones that the layer has reset; then it takes the bytes of zones
 * that become full, then of zones that stay active, so that never more zones are active than before
 * or after the merge; then the blocks of conventional zones. At the end the drive is flushed, the
 * layer marked as merged, and its file removed.
 *
 * <p>A merge can be interrupted at any moment, also by a power failure, and repeated: the layer
 * stays whole until the drive has everything, durably. What is done already is read from the drive
 * itself: the bytes of a zone below its write pointer are compared with those of the layer, so that
 * nothing is believed that a power failure may have taken. A zone of which the drive has other
 * bytes is written anew; what it held below the layer's bytes is saved in the layer first.
 *
 * <p>Until an interrupted merge is complete, the drive below is neither as it was nor as the layer
 * has it, and must not be used; the layer can be read.
 *
 * <p>Stateless and thread-safe; the drive and the file must have no other user.
 */
public final class LayerMerge {
  private LayerMerge() {}

  /** Told of the progress of a merge, by the thread that merges. */
  @FunctionalInterface
  public interface Progress {
    /**
     * More bytes are merged.
     *
     * @param doneBytes bytes of the layer that the drive below has
     * @param totalBytes all bytes of the layer
     */
    void merged(long doneBytes, long totalBytes);
  }

  /**
   * Merges a layer, or continues an interrupted merge.
   *
   * @param file of the layer; removed at the end
   * @param base the drive below, opened for writing; stays the caller's
   * @throws LayerException with a one-line message if the file is not a layer of this drive, in use
   *     or damaged, or if a zone that must be written has failed; nothing is changed then
   * @throws IOException if the drive or the file fails; the merge can be repeated
   */
  public static void commit(Path file, ZonedDevice base, Progress progress) throws IOException {
    try (LayerStore layer = LayerFile.open(file, base.geometry(), false)) {
      commit(layer, base, progress);
    }
  }

  /**
   * As above, of a layer on a drive.
   *
   * @param top the drive that keeps the layer, opened for writing; stays the caller's, and is empty
   *     at the end
   * @return the identity that the layer had
   */
  public static UUID commit(ZonedDevice top, ZonedDevice base, Progress progress)
      throws IOException {
    LayerDrive layer = LayerDrive.open(top, base, false);
    commit(layer, base, progress);
    return layer.header().uuid();
  }

  private static void commit(LayerStore layer, ZonedDevice base, Progress progress)
      throws IOException {
    DiffLayer.checkNotDropped(layer);
    if (layer.stage() != MergeStage.COMPLETE) {
      merge(layer, base, progress);
    }
    layer.remove();
  }

  private static void merge(LayerStore layer, ZonedDevice base, Progress progress)
      throws IOException {
    BaseZones now = BaseZones.of(base);
    LayerMatch.check(layer, now);
    layer.saveCorrected();
    ZoneMerge zones = new ZoneMerge(layer, base, progress);
    checkFailed(layer, now, zones);
    ZoneStateMachine states = layer.machine();
    if (layer.stage() != MergeStage.WRITING) {
      layer.setStage(MergeStage.RESETTING);
      closeZones(base);
      for (int zone : every(now, zone -> LayeredStorage.isHidden(states.state(zone)))) {
        zones.reset(zone);
      }
      base.flush();
      layer.setStage(MergeStage.WRITING);
    }
    // Its beginning is nowhere else, and another zone's beginning may take the place.
    List<Integer> kept = every(now, zone -> layer.keptZone().equals(OptionalInt.of(zone)));
    for (int zone : kept) {
      zones.fill(zone);
    }
    List<ZoneDescriptor> reports = base.report(0, now.zoneCount());
    IntPredicate isFilled = zone -> states.state(zone).condition() == ZoneCondition.FULL;
    IntPredicate isActive = zone -> reports.get(zone).condition().isActive();
    for (IntPredicate test :
        List.of(isFilled.and(isActive), isFilled.and(isActive.negate()), isFilled.negate())) {
      // A zone that becomes full is not written again when others have taken its active resource.
      base.flush();
      for (int zone : every(now, test.and(zone -> !kept.contains(zone)))) {
        zones.fill(zone);
      }
    }
    base.flush();
    layer.setStage(MergeStage.COMPLETE);
  }

  /** Zones that an earlier owner has opened explicitly would be in the way. */
  private static void closeZones(ZonedDevice base) throws IOException {
    for (ZoneDescriptor zone : base.report(0, base.geometry().zoneCount())) {
      if (zone.condition() == ZoneCondition.EXPLICIT_OPEN) {
        base.close(zone.index());
      }
    }
  }

  private static void checkFailed(LayerStore layer, BaseZones now, ZoneMerge zones)
      throws IOException {
    for (int zone = 0; zone < now.zoneCount(); zone++) {
      if (layer.machine().describe(zone).hasFailed() && !layer.zones().zone(zone).isFailed()) {
        throw new LayerException(
            layer.name()
                + ": zone "
                + zone
                + " of the layer has failed; copy the files out of the layer instead, which can be"
                + " read");
      }
      if (now.zone(zone).isFailed()
          && !layer.zones().zone(zone).isFailed()
          && !zones.isDoneThoughFailed(zone, now.zone(zone))) {
        throw new LayerException(
            layer.name()
                + ": zone "
                + zone
                + " of the drive below has failed, and the layer has changes of it; copy the files"
                + " out of the layer instead, which can be read");
      }
    }
  }

  /** Zones that pass a test; a zone that has failed needs nothing, see {@link #checkFailed}. */
  private static List<Integer> every(BaseZones now, IntPredicate test) {
    return IntStream.range(0, now.zoneCount())
        .filter(zone -> !now.zone(zone).isFailed())
        .filter(test)
        .boxed()
        .toList();
  }
}
