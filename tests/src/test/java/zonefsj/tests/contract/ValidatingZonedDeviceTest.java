// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.blocks;
import static zonefsj.tests.contract.Devices.start;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.filter.ContractViolationException;
import zonefsj.device.filter.ValidatingZonedDevice;

/** The validating wrapper keeps the contract, and finds out drives that do not. */
class ValidatingZonedDeviceTest extends ConcurrentAccessContractTest {
  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) {
    return new ValidatingZonedDevice(RamZonedDevice.create(geometry));
  }

  @Test
  void aWriteThatTakesTooLittleIsFound() {
    assertFound(
        new FilterZonedDevice(ram()) {
          @Override
          public void write(long positionBytes, ByteBuffer... sources) {
            sources[0].position(sources[0].limit() - 1);
          }
        },
        device -> device.write(start(FIRST), blocks(1, 1)));
  }

  @Test
  void aReadThatFillsTooLittleIsFound() {
    assertFound(
        new FilterZonedDevice(ram()) {
          @Override
          public void read(long positionBytes, ByteBuffer destination) {
            destination.position(1);
          }
        },
        device -> device.read(start(FIRST), ByteBuffer.allocate(BLOCK)));
  }

  @Test
  void aWriteThatDoesNotMoveThePointerIsFound() {
    assertFound(
        new FilterZonedDevice(ram()) {
          @Override
          public void write(long positionBytes, ByteBuffer... sources) {
            sources[0].position(sources[0].limit());
          }
        },
        device -> {
          device.write(start(FIRST), blocks(1, 1));
          device.report(FIRST, 1);
        });
  }

  @Test
  void aWriteOffThePointerThatIsTakenIsFound() {
    assertFound(
        new FilterZonedDevice(ram()) {
          @Override
          public void write(long positionBytes, ByteBuffer... sources) {
            sources[0].position(sources[0].limit());
          }
        },
        device -> device.write(start(FIRST) + BLOCK, blocks(1, 1)));
  }

  @Test
  void anAppendThatLiesIsFound() {
    assertFound(
        new FilterZonedDevice(ram()) {
          @Override
          public long append(int zone, ByteBuffer... sources) throws IOException {
            return super.append(zone, sources) + BLOCK;
          }
        },
        device -> device.append(FIRST, blocks(1, 1)));
  }

  @Test
  void aResetThatDoesNothingIsFound() {
    assertFound(
        new FilterZonedDevice(ram()) {
          @Override
          public void reset(int zone) {}
        },
        device -> {
          device.write(start(FIRST), blocks(1, 1));
          device.reset(FIRST);
        });
  }

  @Test
  void aRefusedWriteThatChangesTheZoneIsFound() {
    assertFound(
        new FilterZonedDevice(ram()) {
          @Override
          public void write(long positionBytes, ByteBuffer... sources) throws IOException {
            if (positionBytes != start(FIRST)) {
              super.write(start(FIRST), blocks(1, 1));
            }
            super.write(positionBytes, sources);
          }
        },
        device -> device.write(start(FIRST) + 2 * BLOCK, blocks(1, 1)));
  }

  @Test
  void aReportThatIsWrongIsFound() {
    assertFound(
        new FilterZonedDevice(ram()) {
          @Override
          public List<ZoneDescriptor> report(int from, int count) throws IOException {
            List<ZoneDescriptor> zones = new ArrayList<>(super.report(from, count));
            zones.remove(zones.size() - 1);
            return zones;
          }
        },
        device -> device.report(3, 3));
    assertFound(
        new FilterZonedDevice(ram()) {
          @Override
          public List<ZoneDescriptor> report(int from, int count) throws IOException {
            return super.report(from + 1, count);
          }
        },
        device -> device.report(3, 3));
  }

  @Test
  void tooManyOpenZonesAreFound() {
    RamZonedDevice unlimited =
        RamZonedDevice.create(
            EmulatedGeometry.builder((long) Devices.ZONES * Devices.ZONE)
                .zoneSizeBytes(Devices.ZONE)
                .zoneCapacityBytes(Devices.CAPACITY)
                .maxOpenZones(15)
                .build());
    assertFound(
        new FilterZonedDevice(unlimited) {
          @Override
          public zonefsj.device.DeviceGeometry geometry() {
            return ram().geometry();
          }
        },
        device -> {
          for (int zone = 2; zone < 8; zone++) {
            device.open(zone);
          }
          device.report(0, Devices.ZONES);
        });
  }

  private static RamZonedDevice ram() {
    return RamZonedDevice.create(Devices.geometry());
  }

  private static void assertFound(ZonedDevice broken, Use use) {
    ZonedDevice device = new ValidatingZonedDevice(broken);
    assertThatThrownBy(() -> use.run(device)).isInstanceOf(ContractViolationException.class);
  }

  /** Uses a drive. */
  @FunctionalInterface
  private interface Use {
    void run(ZonedDevice device) throws IOException;
  }
}
