// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.InstantSource;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.zones.OwnerIdentity;
import zonefsj.stores.zones.StoreZonedDevice;
import zonefsj.tests.stores.SimulatedStore;

/** A drive on a store of objects keeps the contract. */
@Lacks(value = DriveAbility.CONVENTIONAL_ZONES, because = "objects do not change")
class StoreZonedDeviceTest extends ConcurrentAccessContractTest {
  private static final long OBJECT_BYTES = 8 << 10;

  StoreZonedDeviceTest() {
    super(
        new DriveShape(
            DriveShape.EMULATED.blockBytes(),
            DriveShape.EMULATED.zoneBlocks(),
            DriveShape.EMULATED.capacityBlocks(),
            Set.of(DriveAbility.ACTIVE_LIMIT, DriveAbility.SHORT_LAST_ZONE),
            DriveShape.EMULATED.profile(),
            DriveShape.EMULATED.unwritten()));
  }

  /** A new, empty store. */
  ObjectStore store() throws IOException {
    return new SimulatedStore(OBJECT_BYTES, 1, 0).client();
  }

  /** Instead of the writes: a drive with such zones cannot be made. */
  @Test
  @Override
  void conventionalZonesTakeWritesAnywhere() {
    EmulatedGeometry mixed = DriveShape.EMULATED.geometry();
    assertThatThrownBy(() -> StoreZonedDevice.create(store(), new UUID(1, 2), mixed, 8))
        .hasMessageContaining("objects do not change, so no zone is conventional");
  }

  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) throws IOException {
    ObjectStore store = store();
    StoreZonedDevice.create(store, new UUID(1, 2), geometry, 8);
    return StoreZonedDevice.open(
        store,
        new OwnerIdentity("host", "boot", 1, 1, InstantSource.system(), new SplittableRandom(1)),
        new StoreZonedDevice.Options(
            false,
            false,
            new StoreZonedDevice.Limits(1 << 20, 2 << 20, 10_000, 0),
            4,
            true,
            new StoreZonedDevice.Thrift(4 << 10, 4, 2, 12)));
  }
}
