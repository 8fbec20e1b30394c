// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.StoreUnavailableException;
import zonefsj.stores.spec.StoreSpec;

/** The objects of a bucket keep the contract. */
class S3StoreTest extends ObjectStoreContractTest {
  @SuppressWarnings("NullAway.Init") // set before all tests
  private static S3Server server;

  private static int drives;

  private final String prefix = "drive " + drives++ + " +&%/";

  @BeforeAll
  static void start() throws IOException {
    server = S3Server.start();
  }

  @AfterAll
  static void end() {
    server.close();
  }

  private static StoreSpec spec(String options) throws DeviceSpecException {
    return (StoreSpec) DeviceSpec.parse("s3:" + options);
  }

  @Override
  ObjectStore client() throws IOException {
    return spec(server.options() + ",prefix=\"" + prefix + "\"").connect(false);
  }

  @Test
  void prefixesKeepDrivesApart() throws IOException {
    try (ObjectStore one = spec(server.options() + ",prefix=a/").connect(false);
        ObjectStore other = spec(server.options() + ",prefix=ab/").connect(false)) {
      one.putIfAbsent("data/1", ByteBuffer.allocate(1));
      other.putIfAbsent("data/2", ByteBuffer.allocate(1));
      List<String> names = new ArrayList<>();
      one.list("data/", (name, length) -> names.add(name));
      assertThat(names).containsExactly("data/1");
    }
  }

  /** Two hosts could write one drive. */
  @Test
  void aStoreThatKnowsNoConditionsIsRefused() throws IOException {
    try (S3Server other = S3Server.withoutConditions();
        ObjectStore store = spec(other.options()).connect(false)) {
      assertThatThrownBy(() -> store.putIfAbsent("log/1", ByteBuffer.allocate(1)))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("If-None-Match");
      assertThat(store.get("log/1", 10)).isEmpty();
    }
  }

  @Test
  void whatMayEndIsNoRefusal() throws IOException {
    try (ObjectStore store = client()) {
      assertThat(store.putIfAbsent("data/1", ByteBuffer.allocate(10))).isTrue();
      server.fail(S3Server.Fault.SLOW_DOWN);
      assertThatThrownBy(() -> store.putIfAbsent("data/2", ByteBuffer.allocate(10)))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(StoreRefusedException.class);
      server.fail(S3Server.Fault.SLOW_DOWN);
      assertThatThrownBy(() -> store.get("data/1", 10))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(StoreRefusedException.class);
      assertThat(store.putIfAbsent("data/2", ByteBuffer.allocate(10))).isTrue();
    }
  }

  @Test
  void aPutWithoutAnswerMayHaveHadAnEffect() throws IOException {
    try (ObjectStore store = client()) {
      assertThat(store.putIfAbsent("data/1", ByteBuffer.allocate(10))).isTrue();
      server.fail(S3Server.Fault.NO_ANSWER);
      assertThatThrownBy(() -> store.putIfAbsent("data/2", ByteBuffer.allocate(10)))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(StoreRefusedException.class)
          .isNotInstanceOf(StoreUnavailableException.class);
      assertThat(store.get("data/2", 10)).isPresent();
    }
  }

  /** A request is sent once: others repeat it, and know what that means. */
  @Test
  void noRequestIsRepeatedHere() throws IOException {
    try (ObjectStore store = client()) {
      assertThat(store.putIfAbsent("data/1", ByteBuffer.allocate(10))).isTrue();
      int before = server.requests();
      server.fail(S3Server.Fault.SLOW_DOWN);
      assertThatThrownBy(() -> store.putOwn("data/2", ByteBuffer.allocate(10)))
          .isInstanceOf(IOException.class);
      assertThat(server.requests()).isEqualTo(before + 1);
    }
  }

  @Test
  void whoHasNoRightIsRefused() throws IOException {
    try (ObjectStore store = client()) {
      server.fail(S3Server.Fault.DENIED);
      assertThatThrownBy(() -> store.get("data/1", 10))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("AccessDenied");
    }
  }

  /** A drive in use waits until somebody has logged in there. */
  @Test
  void theAnswerOfAProxyIsNoRefusal() throws IOException {
    try (ObjectStore store = client()) {
      assertThat(store.putOwn("data/1", ByteBuffer.allocate(10))).isTrue();
      server.fail(S3Server.Fault.PROXY);
      assertThatThrownBy(() -> store.get("data/1", 10))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("403");
      server.fail(S3Server.Fault.PROXY);
      assertThatThrownBy(() -> store.putOwn("data/2", ByteBuffer.allocate(10)))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(StoreRefusedException.class);
      assertThat(store.putOwn("data/2", ByteBuffer.allocate(10))).isTrue();
    }
  }

  @Test
  void aBucketThatIsNotThereIsRefused() throws IOException {
    String options = server.options().replace("bucket=b", "bucket=c");
    try (ObjectStore store = spec(options).connect(false)) {
      assertThatThrownBy(() -> store.get("volume", 10))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("NoSuchBucket");
      assertThatThrownBy(() -> store.putIfAbsent("volume", ByteBuffer.allocate(1)))
          .isInstanceOf(StoreRefusedException.class);
    }
  }

  @Test
  void whatTheStoreHasLostIsMissing() throws IOException {
    try (ObjectStore store = client()) {
      store.putOwn("data/1", ByteBuffer.allocate(10));
      server.lose(prefix + "data/1");
      assertThatThrownBy(() -> store.read("data/1", 0, ByteBuffer.allocate(5)))
          .isInstanceOf(ObjectMissingException.class);
    }
  }

  @Test
  void aServerThatIsNotThereCanBeTriedAgain() throws IOException {
    S3Server gone = S3Server.start();
    gone.close();
    try (ObjectStore store = spec(gone.options()).connect(false)) {
      assertThatThrownBy(() -> store.putOwn("data/1", ByteBuffer.allocate(10)))
          .isInstanceOf(StoreUnavailableException.class);
    }
  }

  @Test
  void whoOnlyReadsPutsNothing() throws IOException {
    try (ObjectStore store = spec(server.options()).connect(true)) {
      assertThatThrownBy(() -> store.putIfAbsent("data/1", ByteBuffer.allocate(1)))
          .isInstanceOf(StoreRefusedException.class);
      assertThatThrownBy(() -> store.delete("data/1")).isInstanceOf(StoreRefusedException.class);
    }
  }
}
