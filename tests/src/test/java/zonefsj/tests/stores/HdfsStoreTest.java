// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.StoreUnavailableException;
import zonefsj.stores.spec.StoreSpec;

/** The objects of a directory of HDFS keep the contract. */
class HdfsStoreTest extends ObjectStoreContractTest {
  @SuppressWarnings("NullAway.Init") // set before all tests
  private static HdfsServer server;

  private static int drives;

  private final String drive = "drives/" + drives++;

  @BeforeAll
  static void start() throws IOException {
    server = HdfsServer.start(1);
  }

  @AfterAll
  static void end() throws IOException {
    server.close();
  }

  private static ObjectStore connect(String address, boolean readOnly) throws IOException {
    return ((StoreSpec) DeviceSpec.parse(address)).connect(readOnly);
  }

  @Override
  ObjectStore client() throws IOException {
    return connect(server.directory(drive), false);
  }

  /** The first object of a drive is at the top. */
  @Test
  void aDirectoryIsMadeForADriveOnly() throws IOException {
    try (ObjectStore store = connect(server.address("new/" + drive), false)) {
      assertThat(store.get("volume", 10)).isEmpty();
      assertThatThrownBy(() -> store.putIfAbsent("log/1", ByteBuffer.allocate(1)))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("no such directory");
      assertThat(store.putIfAbsent("volume", ByteBuffer.allocate(1))).isTrue();
      assertThat(store.putIfAbsent("log/1", ByteBuffer.allocate(1))).isTrue();
    }
  }

  @Test
  void aDirectoryThatWasDeletedIsNotMadeAgain() throws IOException {
    try (ObjectStore store = client()) {
      assertThat(store.putIfAbsent("log/1", ByteBuffer.allocate(1))).isTrue();
      server.lose(drive);
      assertThatThrownBy(() -> store.putIfAbsent("log/2", ByteBuffer.allocate(1)))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() -> store.putIfAbsent("log/2", ByteBuffer.allocate(1)))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("no such directory");
    }
  }

  @Test
  void whatTheStoreHasLostIsMissing() throws IOException {
    try (ObjectStore store = client()) {
      store.putOwn("data/1", ByteBuffer.allocate(10));
      server.lose(drive + "/data/1");
      assertThatThrownBy(() -> store.read("data/1", 0, ByteBuffer.allocate(5)))
          .isInstanceOf(ObjectMissingException.class);
    }
  }

  @Test
  void whoOnlyReadsPutsNothing() throws IOException {
    try (ObjectStore store = connect(server.directory(drive), true)) {
      assertThatThrownBy(() -> store.putIfAbsent("data/1", ByteBuffer.allocate(1)))
          .isInstanceOf(StoreRefusedException.class);
      assertThatThrownBy(() -> store.delete("data/1")).isInstanceOf(StoreRefusedException.class);
    }
  }

  @Test
  void anotherUserHasNoRight() throws IOException {
    String address = server.directory(drive);
    try (ObjectStore store = connect(address, false)) {
      store.putIfAbsent("data/1", ByteBuffer.allocate(10));
    }
    try (ObjectStore store = connect(address + ",user=somebody", false)) {
      assertThatThrownBy(() -> store.get("data/1", 10))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("ermission denied");
      assertThatThrownBy(() -> store.putIfAbsent("data/2", ByteBuffer.allocate(10)))
          .isInstanceOf(StoreRefusedException.class);
    }
  }

  @Test
  void aServerThatIsNotThereCanBeTriedAgain() throws IOException {
    try (ObjectStore store = connect("hdfs://127.0.0.1:1/drive", false)) {
      assertThatThrownBy(() -> store.putOwn("data/1", ByteBuffer.allocate(10)))
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining("127.0.0.1:1");
      assertThatThrownBy(() -> store.get("data/1", 10)).isInstanceOf(IOException.class);
    }
  }

  /** Objects are on three of them. */
  @Test
  void nothingIsLostWithADatanode() throws IOException {
    try (HdfsServer many = HdfsServer.start(3);
        ObjectStore store = connect(many.directory("drive"), false)) {
      ByteBuffer bytes = ByteBuffer.allocate(3 << 20).put(0, (byte) 7);
      for (int number = 0; number < 20; number++) {
        if (number == 10) {
          many.loseOne();
        }
        assertThat(store.putOwn("data/" + number, bytes)).isTrue();
      }
      for (int number = 0; number < 20; number++) {
        assertThat(store.get("data/" + number, bytes.capacity())).contains(bytes);
      }
    }
  }

  @Test
  void whatWasPutOutlivesANamenode() throws IOException {
    try (HdfsServer other = HdfsServer.start(1);
        ObjectStore store = connect(other.directory("drive"), false)) {
      assertThat(store.putIfAbsent("log/1", ByteBuffer.allocate(10))).isTrue();
      other.setRunning(false);
      assertThatThrownBy(() -> store.putIfAbsent("log/2", ByteBuffer.allocate(10)))
          .isInstanceOf(StoreUnavailableException.class);
      other.setRunning(true);
      assertThat(store.get("log/1", 10)).isPresent();
      assertThat(store.putIfAbsent("log/1", ByteBuffer.allocate(10))).isFalse();
      assertThat(store.putIfAbsent("log/2", ByteBuffer.allocate(10))).isTrue();
    }
  }
}
