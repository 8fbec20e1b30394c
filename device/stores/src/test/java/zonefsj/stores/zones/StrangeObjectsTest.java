// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.stores.dir.DirectoryStore;

/** Objects with right checksums that no owner writes: refused in words, and soon. */
class StrangeObjectsTest {
  private static final UUID DRIVE = new UUID(1, 2);
  private static final int BLOCK = 4096;
  private static final int ENTRIES = 4;
  private static final Owner OWNER = new Owner(1, 7, 8, 9, 10, true, false, "h", "m/b/p");

  private static final EmulatedGeometry GEOMETRY =
      EmulatedGeometry.builder(1 << 20).zoneSizeBytes(1 << 17).zoneCapacityBytes(1 << 16).build();

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path root;

  @SuppressWarnings("NullAway.Init") // set before each test
  private DirectoryStore store;

  private int crc;

  @BeforeEach
  void create() throws IOException {
    store = DirectoryStore.open(root, false);
    StoreZonedDevice.create(store, DRIVE, GEOMETRY, ENTRIES);
  }

  private static ZoneRecord zone(int zone, long lengthBytes, long objectOffsetBytes) {
    return new ZoneRecord(
        zone,
        false,
        0,
        lengthBytes,
        Pieces.of(List.of(new Piece(0, lengthBytes, new ObjectId(1, 1), objectOffsetBytes))));
  }

  private void put(LogEntry entry, int inlineBytes) throws IOException {
    ByteBuffer[] object = entry.encode(DRIVE, List.of(ByteBuffer.allocate(inlineBytes)));
    crc = LogEntry.crcOf(object[0]);
    store.putIfAbsent(StoreLog.entryName(entry.number()), object);
  }

  private void first(ZoneRecord... zones) throws IOException {
    put(new LogEntry(1, 0, 1, OWNER, null, List.of(zones)), 0);
  }

  private void refused(String words) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () ->
            assertThatThrownBy(this::open)
                .isInstanceOf(StoreFormatException.class)
                .hasMessageContaining(words));
  }

  private void open() throws IOException {
    StoreZonedDevice.open(
            DirectoryStore.open(root, true),
            OwnerIdentity.ofThisProcess(InstantSource.system(), new SplittableRandom(1)),
            new StoreZonedDevice.Options(
                true,
                false,
                StoreZonedDevice.Limits.ofWrites(4 << 20, 1000),
                1,
                true,
                StoreZonedDevice.Thrift.USUAL))
        .close();
  }

  @Test
  void whatAnOwnerWritesIsAccepted() throws IOException {
    first(zone(0, BLOCK, 0), zone(1, 2 * BLOCK, BLOCK));
    open();
  }

  @Test
  void aZoneIsInAnEntryOnce() throws IOException {
    first(zone(1, BLOCK, 0), zone(1, BLOCK, 0));
    refused("log/1 has zone 1 twice");
  }

  @Test
  void piecesAreWholeBlocksWithinTheZone() throws IOException {
    first(zone(1, BLOCK - 1, 0));
    refused("zone 1 cannot have piece 0");
  }

  @Test
  void noZoneEndsBeyondItsCapacity() throws IOException {
    first(zone(1, (1 << 16) + BLOCK, 0));
    refused("the pieces of zone 1 lie outside it");
  }

  @Test
  void noPieceEndsBeyondAllNumbers() throws IOException {
    first(zone(1, 2 * BLOCK, Long.MAX_VALUE - BLOCK));
    refused("zone 1 cannot have piece 0");
  }

  @Test
  void theDriveHasTheZone() throws IOException {
    first(zone(8, BLOCK, 0));
    refused("the drive has no zone 8");
  }

  @Test
  void anEntryHasFewBytesOfZones() throws IOException {
    put(new LogEntry(1, 0, 1, OWNER, null, List.of()), (1 << 20) + 1);
    refused("log/1 has 1048577 bytes of zones");
  }

  private void checkpoint(long number, Checkpoint named) throws IOException {
    first();
    for (long entry = 2; entry < number; entry++) {
      put(new LogEntry(entry, crc, 1, null, null, List.of()), 0);
    }
    put(new LogEntry(number, crc, 1, null, named, List.of()), 0);
  }

  @Test
  void aCheckpointIsOfAnEntryBeforeTheOneThatNamesIt() throws IOException {
    checkpoint(4, new Checkpoint(4, crc, OWNER, List.of(), List.of()));
    refused("log/4 cannot name a checkpoint of entry 4");
  }

  @Test
  void checkpointsAreNamedWhereTheyAreLookedFor() throws IOException {
    checkpoint(3, new Checkpoint(2, crc, OWNER, List.of(), List.of()));
    refused("log/3 cannot name a checkpoint of entry 2");
  }

  @Test
  void ownersOfACheckpointAreInOrder() throws IOException {
    checkpoint(4, new Checkpoint(2, crc, OWNER, List.of(), List.of(1L, 1L)));
    refused("owners in an impossible order");
  }

  @Test
  void objectsOfACheckpointAreFewAndDifferent() throws IOException {
    ObjectId object = new ObjectId(1, 1);
    checkpoint(4, new Checkpoint(2, crc, OWNER, List.of(object, object), List.of(1L)));
    refused("a checkpoint has an object twice");
  }

  @Test
  void anObjectWithZonesHasEachOnceAndNothingElse() throws IOException {
    ObjectId object = new ObjectId(1, 1);
    checkpoint(4, new Checkpoint(2, crc, OWNER, List.of(object), List.of(1L)));
    String name = Checkpoint.zonesName(object);
    List<List<ZoneRecord>> wrong =
        List.of(
            List.of(), List.of(zone(1, BLOCK, 0), zone(1, BLOCK, 0)), List.of(ZoneRecord.empty(1)));
    List<String> words = List.of("cannot have 0 zones", "zone 1 twice", "zone 1 twice, or empty");
    for (int at = 0; at < wrong.size(); at++) {
      store.putIfAbsent(name, Checkpoint.encodeZones(DRIVE, 1, wrong.get(at)));
      refused(words.get(at));
      store.delete(name);
    }
  }

  /** The numbers of entries are searched by doubling, and must not wrap. */
  @Test
  void namesOfEntriesWithoutAnEndAreNotFollowed() throws IOException {
    for (long step = 1; step > 0 && step * ENTRIES > 0; step *= 2) {
      Files.createDirectories(root.resolve("log"));
      Files.write(root.resolve(StoreLog.entryName((2 * step - 1) * ENTRIES)), new byte[0]);
    }
    Files.write(root.resolve(StoreLog.entryName(-ENTRIES)), new byte[0]);
    refused("is no object of zonefs-j");
  }
}
