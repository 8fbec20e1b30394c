// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.StoreUnavailableException;
import zonefsj.stores.spec.StoreSpec;
import zonefsj.tests.HostTrees;

/** The keys of a Redis server keep the contract. */
class RedisStoreTest extends ObjectStoreContractTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before all tests
  static Path directory;

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static StoreServer server;

  private static int drives;

  private final String prefix = "drive*[" + drives++ + "]?/";

  @BeforeAll
  static void start() throws IOException {
    server = StoreServer.redis(directory);
  }

  @AfterAll
  static void end() {
    server.close();
  }

  @Override
  ObjectStore client() throws IOException {
    return connect(server, ",prefix=\"" + prefix + "\"");
  }

  private static ObjectStore connect(StoreServer to, String options) throws IOException {
    return spec(to, options).connect(false);
  }

  private static StoreSpec spec(StoreServer to, String options) throws IOException {
    return (StoreSpec) DeviceSpec.parse("redis:host=127.0.0.1,port=" + to.port() + options);
  }

  @Test
  void prefixesKeepDrivesApart() throws IOException {
    try (ObjectStore one = connect(server, ",prefix=a*/");
        ObjectStore other = connect(server, ",prefix=ab/")) {
      one.putIfAbsent("data/1", ByteBuffer.allocate(1));
      other.putIfAbsent("data/2", ByteBuffer.allocate(1));
      List<String> names = new ArrayList<>();
      one.list("", (name, length) -> names.add(name));
      assertThat(names).containsExactly("data/1");
    }
  }

  @Test
  void whatWasAcknowledgedOutlivesAKill(@TempDir Path files) throws IOException {
    try (StoreServer own = StoreServer.redis(files);
        ObjectStore store = connect(own, "")) {
      assertThat(store.putIfAbsent("data/1", ByteBuffer.allocate(1000))).isTrue();
      own.kill();
      assertThatThrownBy(() -> store.get("data/1", 1000))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("127.0.0.1:" + own.port());
      own.restart();
      assertThat(store.get("data/1", 1000)).contains(ByteBuffer.allocate(1000));
    }
  }

  /** Asks for something that is not there. */
  private static void ask(StoreServer server, String options, boolean readOnly) throws IOException {
    try (ObjectStore store = spec(server, options).connect(readOnly)) {
      assertThat(store.get("data/1", 1000)).isEmpty();
    }
  }

  private static void assertRefused(StoreServer server, String options, String... words) {
    assertThatThrownBy(() -> ask(server, options, false))
        .isInstanceOf(StoreRefusedException.class)
        .message()
        .contains(words);
  }

  @ParameterizedTest
  @CsvSource({
    "appendonly,no,yes",
    "appendfsync,everysec,always",
    "no-appendfsync-on-rewrite,yes,no",
  })
  void aServerThatForgetsIsRefused(String setting, String found, String needed, @TempDir Path files)
      throws IOException {
    try (StoreServer own = StoreServer.redis(files, "--" + setting, found)) {
      assertRefused(
          own, "", "'" + setting + " " + needed + "', and has '" + found + "'", "durable=no");
      ask(own, ",durable=no", false);
      ask(own, "", true);
    }
  }

  @Test
  void aServerThatThrowsKeysAwayIsRefused(@TempDir Path files) throws IOException {
    try (StoreServer own = StoreServer.redis(files, "--maxmemory-policy", "allkeys-lru")) {
      assertRefused(own, "", "noeviction", "allkeys-lru");
      assertRefused(own, ",durable=no", "noeviction", "allkeys-lru");
      ask(own, "", true);
    }
  }

  @Test
  void aServerThatDoesNotTellIsRefused(@TempDir Path files) throws IOException {
    try (StoreServer own = StoreServer.redis(files, "--rename-command", "CONFIG", "")) {
      assertRefused(own, "", "does not tell", "durable=no");
      ask(own, ",durable=no", false);
    }
  }

  /** As after `CONFIG SET appendonly yes` without `CONFIG REWRITE`, or an old copy. */
  @Test
  void aServerThatHasForgottenIsNotWrittenTo(@TempDir Path files) throws IOException {
    try (StoreServer own = StoreServer.redis(files);
        ObjectStore store = connect(own, "")) {
      store.putIfAbsent("data/1", ByteBuffer.allocate(10));
      store.putIfAbsent("data/2", ByteBuffer.allocate(10));
      store.delete("data/2");
      own.kill();
      HostTrees.delete(files.resolve("appendonlydir"));
      own.restart();
      // The connection from before is dead.
      assertThatThrownBy(() -> store.putIfAbsent("data/4", ByteBuffer.allocate(10)))
          .isNotInstanceOf(StoreRefusedException.class);
      assertThatThrownBy(() -> store.putIfAbsent("data/4", ByteBuffer.allocate(10)))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("data/1")
          .hasMessageContaining("lost the newest");
      assertThatThrownBy(() -> store.read("data/1", 0, ByteBuffer.allocate(1)))
          .isInstanceOf(StoreRefusedException.class);
      // What is there can be asked for: it may be what somebody else has put.
      assertThat(store.get("data/1", 10)).isEmpty();
      try (ObjectStore other = connect(own, "")) {
        assertThat(other.get("data/4", 10)).isEmpty();
        // Another object under the same name is not ours.
        assertThat(other.putIfAbsent("data/1", ByteBuffer.wrap(new byte[] {1}))).isTrue();
      }
      assertThatThrownBy(() -> store.putIfAbsent("data/4", ByteBuffer.allocate(10)))
          .isInstanceOf(StoreRefusedException.class);
    }
  }

  /** The server deletes nothing, and takes nothing; as soon as it has room, it goes on. */
  @Test
  void aFullServerHasDoneNothing(@TempDir Path files) throws IOException {
    try (StoreServer own = StoreServer.redis(files, "--maxmemory", "4mb");
        ObjectStore store = connect(own, ",limit=1")) {
      List<String> put = new ArrayList<>();
      assertThatThrownBy(
              () -> {
                while (true) {
                  String name = "data/" + put.size();
                  store.putIfAbsent(name, ByteBuffer.allocate(1 << 20));
                  put.add(name);
                }
              })
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining("OOM");
      for (String name : put) {
        store.delete(name);
      }
      assertThat(store.putIfAbsent("data/last", ByteBuffer.allocate(1 << 20))).isTrue();
    }
  }

  /** All objects of a server can be replaced while it runs. */
  @Test
  void aLossBehindAnOpenConnectionIsSeen(@TempDir Path files) throws IOException {
    try (StoreServer own = StoreServer.redis(files);
        ObjectStore store = connect(own, "")) {
      store.putIfAbsent("data/1", ByteBuffer.allocate(10));
      try (ObjectStore other = connect(own, "")) {
        other.delete("data/1");
      }
      assertThatThrownBy(() -> store.putIfAbsent("data/2", ByteBuffer.allocate(10)))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("data/1");
      assertThatThrownBy(() -> store.putIfAbsent("data/3", ByteBuffer.allocate(10)))
          .isInstanceOf(StoreRefusedException.class);
    }
  }

  @Test
  void aServerOnAUnixSocket(@TempDir Path files) throws IOException {
    Path socket = files.resolve("socket");
    try (StoreServer own = StoreServer.redis(files, "--unixsocket", socket.toString());
        ObjectStore store =
            ((StoreSpec) DeviceSpec.parse("redis:socket=" + socket)).connect(false)) {
      ByteBuffer much = ByteBuffer.allocate(2 << 20);
      assertThat(store.putIfAbsent("data/1", much)).isTrue();
      assertThat(store.get("data/1", much.capacity())).contains(much);
      own.kill();
      assertThatThrownBy(() -> store.get("data/1", 10)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aReplicaTakesNoWrites(@TempDir Path files) throws IOException {
    String master = "127.0.0.1 " + server.port();
    try (StoreServer replica = StoreServer.redis(files, "--replicaof", master)) {
      assertThatThrownBy(() -> ask(replica, "", false))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("slave");
    }
  }

  @Test
  void aPasswordIsTakenFromAFile(@TempDir Path files) throws IOException {
    Path password = Files.writeString(files.resolve("password"), "se cret\nmore\n");
    Path wrong = Files.writeString(files.resolve("wrong"), "secret\n");
    Path empty = Files.writeString(files.resolve("empty"), "\nse cret\n");
    try (StoreServer own = StoreServer.redis(files, "--requirepass", "se cret")) {
      ask(own, ",password-file=" + password, false);
      assertRefused(own, ",password-file=" + wrong, "does not let us in");
      assertRefused(own, "", "does not let us in");
      assertRefused(own, ",password-file=" + files.resolve("none"), "cannot be read");
      assertRefused(own, ",password-file=" + empty, "empty");
      assertThatThrownBy(() -> connect(own, ",password=secret"))
          .hasMessageContaining("password-file=PATH");
    }
  }

  @Test
  void aSpecIsTheSameWhenItIsReadAgain() throws IOException {
    for (String text :
        List.of(
            "redis:",
            "redis:port=1,host=::1,prefix=\"a,b(c\"",
            "redis(host=\"x y\",database=3,user=u,password-file=/p,tls=yes,durable=no,size=1G)")) {
      DeviceSpec spec = DeviceSpec.parse(text);
      assertThat(DeviceSpec.parse(spec.toString())).hasToString(spec.toString());
      assertThat(DeviceSpec.parse("mirror(mem:1M," + spec + ")").parts().get(1))
          .hasToString(spec.toString());
    }
    assertThatThrownBy(() -> DeviceSpec.parse("redis:alpha")).hasMessageContaining("is too much");
    assertThatThrownBy(() -> DeviceSpec.parse("redis:host=\"\"")).hasMessageContaining("empty");
    assertThatThrownBy(() -> DeviceSpec.parse("redis:user=u"))
        .hasMessageContaining("password-file");
    assertThatThrownBy(() -> DeviceSpec.parse("redis:port=0")).hasMessageContaining("from 1 to");
    assertThatThrownBy(() -> DeviceSpec.parse("redis:hots=a")).hasMessageContaining("host");
  }
}
