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
import zonefsj.device.spec.DeviceSpec;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.spec.StoreSpec;

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

  @Test
  void aServerThatForgetsIsRefused(@TempDir Path files) throws IOException {
    try (StoreServer own = StoreServer.redis(files, "--appendfsync", "everysec")) {
      assertThatThrownBy(() -> connect(own, ""))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("appendfsync everysec")
          .hasMessageContaining("durable=no");
      connect(own, ",durable=no").close();
      spec(own, "").connect(true).close();
    }
  }

  @Test
  void aServerThatDoesNotTellIsTaken(@TempDir Path files) throws IOException {
    try (StoreServer own =
        StoreServer.redis(files, "--appendfsync", "everysec", "--rename-command", "CONFIG", "")) {
      connect(own, "").close();
    }
  }

  @Test
  void aPasswordIsTakenFromAFile(@TempDir Path files) throws IOException {
    Path password = Files.writeString(files.resolve("password"), "se cret\nmore\n");
    Path wrong = Files.writeString(files.resolve("wrong"), "secret\n");
    try (StoreServer own = StoreServer.redis(files, "--requirepass", "se cret")) {
      connect(own, ",password-file=" + password).close();
      assertThatThrownBy(() -> connect(own, ",password-file=" + wrong))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("does not let us in");
      assertThatThrownBy(() -> connect(own, ""))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("does not let us in");
      assertThatThrownBy(() -> connect(own, ",password-file=" + files.resolve("none")))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("cannot be read");
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
    assertThatThrownBy(() -> DeviceSpec.parse("redis:port=0")).hasMessageContaining("from 1 to");
    assertThatThrownBy(() -> DeviceSpec.parse("redis:hots=a")).hasMessageContaining("host");
  }
}
