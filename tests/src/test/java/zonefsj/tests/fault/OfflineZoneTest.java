// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import zonefsj.device.ZoneCondition;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.crash.LogSilencer;

/** Each zone of a drive dies in turn while nothing is mounted: what is not in it is there. */
class OfflineZoneTest {
  private static final EmulatedGeometry GEOMETRY = FaultyVolume.small();
  private static final int OPERATIONS = 60;

  private final SplittableRandom random = new SplittableRandom(11);
  private final FuzzModel model = new FuzzModel();
  private final MemoryMetadataStores stores = new MemoryMetadataStores();

  @Test
  void withTheIndex() throws Exception {
    assertThat(losses(true)).isEmpty();
  }

  @Test
  void withoutTheIndex() throws Exception {
    assertThat(losses(false)).isEmpty();
  }

  private Volume mount(RamZonedDevice drive, MemoryMetadataStores index) throws IOException {
    return FaultyVolume.mounting(random.split(), index).on(drive);
  }

  private List<String> losses(boolean withIndex) throws Exception {
    RamZonedDevice drive = RamZonedDevice.create(GEOMETRY);
    FaultyVolume.format(drive, new UUID(0xdead, 1), random.split());
    Volume first = mount(drive, stores);
    FuzzWorkload workload = new FuzzWorkload(random, model, first, 0);
    workload.run(OPERATIONS);
    first.close();
    Volume second = mount(drive, stores);
    new FuzzWorkload(random, model, second, workload.names()).run(OPERATIONS);
    second.close();
    FuzzChecksums granules = new FuzzChecksums(stores.copyOfDurable());
    List<String> wrong = new ArrayList<>();
    LogSilencer quiet = new LogSilencer();
    try (quiet) {
      for (int zone = 0; zone < drive.geometry().zoneCount(); zone++) {
        DriveSurgery surgery = new DriveSurgery(drive, GEOMETRY);
        surgery.set(zone, ZoneCondition.OFFLINE);
        String loss = loss(surgery, zone, granules, withIndex);
        if (loss != null) {
          wrong.add("zone " + zone + ": " + loss);
        }
      }
    }
    return wrong;
  }

  private @Nullable String loss(
      DriveSurgery surgery, int zone, FuzzChecksums granules, boolean withIndex) throws Exception {
    long start = surgery.start(zone);
    long end = start + GEOMETRY.zoneSizeBytes();
    try (RamZonedDevice drive = surgery.drive()) {
      Volume volume = mount(drive, withIndex ? stores.copyOfDurable() : new MemoryMetadataStores());
      String wrong =
          new FuzzVerifier(volume.fileSystem())
              .differsFrom(
                  model.now(),
                  (inode, offset, length) ->
                      granules.anyOf(
                          inode, offset, length, (from, to) -> from < end && start < to));
      volume.close();
      return wrong;
    } catch (IOException refused) {
      return "not mounted: " + refused.getMessage();
    }
  }
}
