// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.volume.repair.VolumeRepair;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockFinder;

/** A drive with one damage that a seed decides, for proofs that repair it in a way of their own. */
public final class DamagedDrive {
  private final FuzzCase fuzz;
  private final DriveSurgery surgery;
  private boolean gapped;
  private @Nullable FuzzVerifier repaired;

  /** Makes one. */
  public DamagedDrive(long seed) throws Exception {
    fuzz = new FuzzCase(seed);
    surgery = fuzz.build();
  }

  /** Makes one that has also lost a zone of its superblock log, or both, if it has a log. */
  public static DamagedDrive withoutSuperblockZones(long seed) throws Exception {
    DamagedDrive damaged = new DamagedDrive(seed);
    try (RamZonedDevice drive = damaged.drive()) {
      SuperblockEntry entry =
          new SuperblockFinder(drive, drive.report(0, drive.geometry().zoneCount())).inSuperblock();
      if (entry != null) {
        List<Integer> zones = entry.facts().superblockZones();
        int lost = (int) (seed % 3);
        List<Integer> offline = lost < zones.size() ? List.of(zones.get(lost)) : zones;
        offline.forEach(zone -> damaged.surgery.set(zone, ZoneCondition.OFFLINE));
      }
    }
    return damaged;
  }

  /** The drive, as often as one likes. */
  public RamZonedDevice drive() throws IOException {
    return surgery.drive();
  }

  /**
   * Repairs it.
   *
   * @return whether something was mended
   */
  public boolean repair(ZonedDevice drive) throws IOException {
    VolumeRepair.Result result = fuzz.repair(drive, true, false);
    gapped |= FuzzCase.isGapped(result);
    return !result.done().isEmpty();
  }

  /** Whether a repair found that changes of the journal are lost. */
  public boolean isGapped() {
    return gapped;
  }

  /** Takes what a drive shows after its repair for what all others must show. */
  public void expect(RamZonedDevice drive) throws Exception {
    repaired = fuzz.seen(drive);
  }

  /** Repairs it, and says what is wrong then; null if nothing is. */
  public @Nullable String repairAndVerify(RamZonedDevice drive) throws Exception {
    VolumeRepair.Result result = fuzz.repair(drive, true, false);
    String wrong = fuzz.repaired(drive, result, gapped);
    FuzzVerifier expected = repaired;
    return wrong == null && expected != null ? fuzz.seen(drive).differsFrom(expected) : wrong;
  }
}
