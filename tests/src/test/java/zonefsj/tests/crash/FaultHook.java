// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.util.List;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;

/** Where a test of the tester breaks things. As it is, nothing is broken. */
interface FaultHook {
  /** Whether nothing is broken; otherwise only a crash is to show what is. */
  default boolean isHonest() {
    return true;
  }

  /** What the volume sees of the recording drive. */
  default ZonedDevice device(ZonedDevice recording) {
    return recording;
  }

  /** What the workload sees of the volume. */
  default ZoneFileSystem fileSystem(ZoneFileSystem volume) {
    return volume;
  }

  /** What the drive did, of what it says that it did; as long as that. */
  default List<DriveChange> record(List<DriveChange> said) {
    return said;
  }

  /**
   * What a mount sees of the drive after a crash.
   *
   * @param left what it should see
   * @param crashes what other crashes leave
   * @param cut where the crash was
   */
  default ZonedDevice crashed(ZonedDevice left, CrashStates crashes, int cut) throws IOException {
    return left;
  }

  /**
   * What a crash leaves of the index.
   *
   * @param left what it should leave
   * @param newest what was durable at the cut
   */
  default MetadataStores index(MemoryMetadataStores left, MemoryMetadataStores newest)
      throws IOException {
    return left;
  }
}
