// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.dir.DirectoryStore;

/**
 * A store that has lost an entry of the log: what comes after it is neither ignored nor deleted.
 */
class StoreLossTest {
  private static final UUID DRIVE = new UUID(1, 2);
  private static final int BLOCK = 4096;
  private static final int FLUSHES = 20;

  /** No entry of these names a checkpoint. */
  private static final int CHECKPOINT_ENTRIES = 512;

  private static final EmulatedGeometry GEOMETRY =
      EmulatedGeometry.builder(1 << 20).zoneSizeBytes(1 << 18).zoneCapacityBytes(1 << 18).build();

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path root;

  private StoreZonedDevice open(boolean readOnly) throws IOException {
    return StoreZonedDevice.open(
        DirectoryStore.open(root, readOnly),
        OwnerIdentity.ofThisProcess(InstantSource.system(), new SplittableRandom(1)),
        new StoreZonedDevice.Options(
            readOnly, false, 4 << 20, 1000, 4, true, StoreZonedDevice.Thrift.USUAL));
  }

  @Test
  void aHoleInTheLogIsSeen() throws IOException {
    try (ObjectStore store = DirectoryStore.open(root, false)) {
      StoreZonedDevice.create(store, DRIVE, GEOMETRY, CHECKPOINT_ENTRIES);
    }
    try (StoreZonedDevice drive = open(false)) {
      for (int at = 0; at < FLUSHES; at++) {
        drive.append(0, ByteBuffer.allocateDirect(BLOCK));
        drive.flush();
      }
    }
    List<String> before = names();
    try (ObjectStore store = DirectoryStore.open(root, false)) {
      store.delete(StoreLog.entryName(5));
    }
    for (boolean readOnly : new boolean[] {true, false}) {
      assertThatThrownBy(() -> open(readOnly))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("has lost log/5");
    }
    List<String> after = names();
    before.remove(StoreLog.entryName(5));
    assertThat(after).hasSameElementsAs(before);
  }

  private List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try (ObjectStore store = DirectoryStore.open(root, true)) {
      store.list("", (name, length) -> names.add(name));
    }
    return names;
  }
}
