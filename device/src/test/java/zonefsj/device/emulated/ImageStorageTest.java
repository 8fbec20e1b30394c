// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceException;
import zonefsj.device.ZoneCondition;
import zonefsj.device.block.NativeFile;
import zonefsj.device.software.ZoneStateMachine;
import zonefsj.device.zonefile.ZoneFileStorage;
import zonefsj.device.zonefile.ZoneTable;

/** What the table of an image says of old bytes while a zone is being reset. */
class ImageStorageTest {
  private static final int ZONE = 3;
  private static final int BYTES = 8192;
  private static final byte CONTENT = 7;
  private static final EmulatedGeometry GEOMETRY =
      EmulatedGeometry.builder(16 << 20).zoneSizeBytes(1 << 20).build();

  private LockedFile locked;
  private ImageLocation place;
  private ZoneTable table;
  private ZoneStateMachine machine;
  private ZoneFileStorage storage;

  @BeforeEach
  void makeAnImageWithOneWrittenZone(@TempDir Path directory) throws IOException {
    Path path = directory.resolve("image");
    ImageFile.create(path, GEOMETRY, new UUID(1, 1), 0);
    place = ImageLocation.of(path);
    locked =
        LockedFile.lock(place, NativeFile.open(path, EnumSet.of(NativeFile.Option.WRITE)), false);
    ImageHeader header = new ImageHeader(ImageHeader.Features.NONE, new UUID(1, 1), 0, GEOMETRY);
    table = new ZoneTable(locked.file(), ImageHeader.TABLE_OFFSET_BYTES);
    machine = new ZoneStateMachine(GEOMETRY, ImageFile.states(table, GEOMETRY, place).states());
    storage =
        new ZoneFileStorage(
            locked, locked.file(), table, GEOMETRY, header.dataOffsetBytes(), List.of());
    machine.beginWrite(ZONE, 0, BYTES);
    storage.write(ZONE, 0, new ByteBuffer[] {ByteBuffer.allocate(BYTES).put(0, CONTENT)});
    machine.endWrite(ZONE, BYTES);
    storage.saveState(ZONE, machine);
  }

  @AfterEach
  void close() throws IOException {
    storage.close();
  }

  private List<Integer> staleOnDisk() throws IOException {
    return ImageFile.states(table, GEOMETRY, place).stale();
  }

  @Test
  void whoeverSavesAZoneThatIsEmptyTellsOfItsOldBytes() throws IOException {
    storage.reset(
        ZONE,
        machine,
        () -> {
          boolean emptied = machine.reset(ZONE);
          save();
          return emptied;
        });
    assertThat(staleOnDisk()).containsExactly(ZONE);
  }

  private void save() throws DeviceException {
    try {
      storage.saveState(ZONE, machine);
      // The process is killed here.
      assertThat(staleOnDisk()).containsExactly(ZONE);
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
  }

  @Test
  void aZoneThatIsNotEmptyYetHasNoOldBytes() throws IOException {
    machine.wear(ZONE, ZoneCondition.READ_ONLY);
    assertThatThrownBy(
            () ->
                storage.reset(
                    ZONE,
                    machine,
                    () -> {
                      try {
                        storage.saveState(ZONE, machine);
                      } catch (IOException failed) {
                        throw new AssertionError(failed);
                      }
                      return machine.reset(ZONE);
                    }))
        .isInstanceOf(DeviceException.class);
    // Else the next opening would give back what the zone still holds.
    assertThat(staleOnDisk()).isEmpty();
    storage.saveState(ZONE, machine);
    assertThat(staleOnDisk()).isEmpty();
    storage.flush(machine);
    ByteBuffer found = ByteBuffer.allocate(1);
    storage.read(ZONE, 0, found);
    assertThat(found.get(0)).isEqualTo(CONTENT);
  }
}
