// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.volume.repair.VolumeRepair;

/** A drive with one damage that a seed decides, for proofs that repair it in a way of their own. */
public final class DamagedDrive {
  private final FuzzCase fuzz;
  private final DriveSurgery surgery;
  private boolean gapped;

  /** Makes one. */
  public DamagedDrive(long seed) throws Exception {
    fuzz = new FuzzCase(seed);
    surgery = fuzz.build();
  }

  /** Takes a zone of the superblock log away, too. */
  public void loseSuperblockZone(int zone) {
    surgery.set(zone, ZoneCondition.OFFLINE);
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

  /** Repairs it, and says what is wrong then; null if nothing is. */
  public @Nullable String repairAndVerify(RamZonedDevice drive) throws Exception {
    VolumeRepair.Result result = fuzz.repair(drive, true, false);
    return fuzz.repaired(drive, result, gapped);
  }
}
