// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.OptionalInt;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.DeviceModel;
import zonefsj.device.software.DriveProfile;
import zonefsj.device.software.SoftwareZoneStates;
import zonefsj.device.software.SoftwareZonedDevice;
import zonefsj.device.software.ZoneShapes;
import zonefsj.device.software.ZoneStateMachine;
import zonefsj.device.software.ZoneStorage;

/**
 * A drive as real ones may be and emulated ones are not: capacities differ from zone to zone,
 * conventional zones are in the middle and at the end, and the last zone is shorter.
 */
final class OddDrive extends SoftwareZonedDevice {
  static final int BLOCK = 512;
  static final int ZONE = 64 * BLOCK;
  static final int ZONES = 8;

  private static final int LAST_ZONE = 24 * BLOCK;
  private static final int[] CAPACITY_BLOCKS = {64, 10, 64, 33, 1, 64, 50, 24};
  private static final int CONVENTIONAL = 2;

  OddDrive() {
    super(
        new DeviceGeometry(
            DeviceModel.HOST_MANAGED,
            BLOCK,
            ZONES,
            ZONE,
            (ZONES - 1L) * ZONE + LAST_ZONE,
            OptionalInt.of(2),
            OptionalInt.of(3),
            ZONE,
            "odd drive"),
        new ZoneStateMachine(new Shapes(), DriveProfile.STANDARD),
        new Bytes(),
        false);
  }

  static boolean isConventional(int zone) {
    return zone == CONVENTIONAL || zone == ZONES - 1;
  }

  static int capacityBlocks(int zone) {
    return CAPACITY_BLOCKS[zone];
  }

  private static final class Shapes implements ZoneShapes {
    @Override
    public int zoneCount() {
      return ZONES;
    }

    @Override
    public long zoneSizeBytes() {
      return ZONE;
    }

    @Override
    public boolean isConventional(int zone) {
      return OddDrive.isConventional(zone);
    }

    @Override
    public long sizeOfBytes(int zone) {
      return zone == ZONES - 1 ? LAST_ZONE : ZONE;
    }

    @Override
    public long capacityOfBytes(int zone) {
      return (long) CAPACITY_BLOCKS[zone] * BLOCK;
    }

    @Override
    public OptionalInt maxOpenZones() {
      return OptionalInt.of(2);
    }

    @Override
    public OptionalInt maxActiveZones() {
      return OptionalInt.of(3);
    }
  }

  private static final class Bytes implements ZoneStorage {
    private final byte[][] zones = new byte[ZONES][ZONE];

    @Override
    public void read(int zone, long offsetBytes, ByteBuffer destination) {
      destination.put(zones[zone], (int) offsetBytes, destination.remaining());
    }

    @Override
    public void write(int zone, long offsetBytes, ByteBuffer[] sources) {
      int offset = (int) offsetBytes;
      for (ByteBuffer source : sources) {
        int length = source.remaining();
        source.get(zones[zone], offset, length);
        offset += length;
      }
    }

    @Override
    public void saveState(int zone, SoftwareZoneStates states) {
      // Kept by the state machine.
    }

    @Override
    public void reset(int zone, SoftwareZoneStates states, Emptying emptying) throws IOException {
      if (emptying.run()) {
        Arrays.fill(zones[zone], (byte) 0);
      }
    }

    @Override
    public void flush(SoftwareZoneStates states) {
      // Nothing is volatile.
    }

    @Override
    public void close() {
      // Nothing to release.
    }
  }
}
