// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException;
import zonefsj.device.emulated.EmulatedGeometry;

/** A host that reads a drive which another one writes. */
class StoreReaderTest {
  private static final int BLOCK = 4096;
  private static final int ZONE = 1 << 18;
  private static final long HOUR_MILLIS = 3_600_000;
  private static final EmulatedGeometry GEOMETRY =
      EmulatedGeometry.builder(1 << 20).zoneSizeBytes(ZONE).zoneCapacityBytes(ZONE).build();

  private final MemoryObjectStore store = new MemoryObjectStore(1 << 20);

  @BeforeEach
  void create() throws IOException {
    StoreZonedDevice.create(store, new UUID(1, 2), GEOMETRY, 8);
    try (StoreZonedDevice owner = open(false, 0)) {
      append(owner, 0, 1);
      append(owner, 1, 2);
    }
  }

  private StoreZonedDevice open(boolean readOnly, long keepMillis) throws IOException {
    return StoreZonedDevice.open(
        store,
        OwnerIdentity.ofThisProcess(InstantSource.system(), new SplittableRandom(1)),
        new StoreZonedDevice.Options(
            readOnly,
            false,
            new StoreZonedDevice.Limits(4 << 20, 0, 1000, keepMillis),
            1,
            false,
            new StoreZonedDevice.Thrift(0, 4, 2, 1000)));
  }

  private static void append(StoreZonedDevice drive, int zone, int value) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(BLOCK);
    drive.append(zone, bytes.put(0, (byte) value));
    drive.flush();
  }

  private static int read(StoreZonedDevice drive, int zone) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(BLOCK);
    drive.read((long) zone * ZONE, bytes);
    return bytes.get(0);
  }

  private static void work(StoreZonedDevice drive) throws IOException {
    while (drive.doWork()) {
      // Until there is nothing left.
    }
  }

  /** Writes the zones anew, and so often that there are checkpoints. */
  private static void change(StoreZonedDevice owner) throws IOException {
    for (int round = 0; round < 20; round++) {
      owner.reset(0);
      append(owner, 0, 10 + round);
      owner.reset(1);
      append(owner, 1, 10 + round);
      work(owner);
    }
  }

  @Test
  void whatWasGivenUpCannotBeReadAnyMore() throws IOException {
    try (StoreZonedDevice reader = open(true, 0);
        StoreZonedDevice owner = open(false, 0)) {
      change(owner);
      assertThatThrownBy(() -> read(reader, 0))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("changed by its owner");
    }
  }

  @Test
  void whatIsKeptIsReadAsItWas() throws IOException {
    try (StoreZonedDevice reader = open(true, 0);
        StoreZonedDevice owner = open(false, HOUR_MILLIS)) {
      change(owner);
      assertThat(read(reader, 0)).isEqualTo(1);
      assertThat(read(reader, 1)).isEqualTo(2);
      assertThat(read(owner, 0)).isEqualTo(29);
    }
  }

  @Test
  void whatWasKeptIsDeletedByTheNextOwner() throws IOException {
    try (StoreZonedDevice owner = open(false, HOUR_MILLIS)) {
      change(owner);
      assertThat(store.count(ObjectId.DATA)).isGreaterThan(40);
    }
    try (StoreZonedDevice owner = open(false, 0)) {
      work(owner);
      assertThat(store.count(ObjectId.DATA)).isEqualTo(2);
      assertThat(read(owner, 1)).isEqualTo(29);
    }
  }

  @Test
  void aReaderThatOpensAgainSeesWhatIsNew() throws IOException {
    try (StoreZonedDevice owner = open(false, HOUR_MILLIS)) {
      change(owner);
      try (StoreZonedDevice reader = open(true, 0)) {
        assertThat(read(reader, 0)).isEqualTo(29);
      }
    }
  }
}
