// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/**
 * Where a workload begins. Drive and index are copied, never changed.
 *
 * @param shape of the drive
 * @param wreck the drive, all of it durable
 * @param index the index on the host
 * @param steps what was done since it was formatted
 */
record PreparedDrive(int shape, CrashImage wreck, MemoryMetadataStores index, List<Step> steps) {

  /** A drive that was just formatted. */
  static PreparedDrive fresh(int shape, SplittableRandom random) throws IOException {
    RamZonedDevice drive = RamZonedDevice.create(CrashDrives.shape(shape));
    CrashDrives.format(drive, CrashDrives.journalCopies(shape), new CrashClock(), random);
    CrashDrives.wear(shape, drive);
    return new PreparedDrive(
        shape,
        new CrashImage(drive, MediumContents.of(drive)),
        new MemoryMetadataStores(),
        List.of());
  }

  /** The same drive after some steps, cleanly unmounted. */
  PreparedDrive after(List<Step> more, SplittableRandom random) throws Exception {
    MemoryMetadataStores stores = index.copyOfDurable();
    WorkloadRun run =
        new WorkloadRun(this, stores, new Conditions(new FaultHook() {}, null), c -> {}, random);
    run.play(more);
    return run.unmounted(stores);
  }
}
