// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.StoreRefusedException;

/** The contract of stores on a real 0-db server. Not a test of the gate, which has none. */
public class ZdbContractOnServer extends ObjectStoreContractTest {
  private final String namespace = ZdbServers.current().makeNamespace();

  @Override
  ObjectStore client() throws IOException {
    return ZdbServers.current().enter(namespace);
  }

  @Test
  void whatWasAcknowledgedOutlivesAKill() throws IOException {
    try (ObjectStore store = client()) {
      ByteBuffer content = ByteBuffer.allocate(1 << 20);
      assertThat(store.putOwn("data/1", content)).isTrue();
      assertThat(store.putIfAbsent("log/1", ByteBuffer.allocate(100))).isTrue();
      ZdbServers.current().loseOne();
      assertThatThrownBy(() -> store.get("data/1", 1 << 20)).isInstanceOf(IOException.class);
      assertThat(store.get("data/1", 1 << 20)).contains(content);
      assertThat(store.get("log/1", 100)).contains(ByteBuffer.allocate(100));
      assertThat(store.putIfAbsent("log/1", ByteBuffer.allocate(99))).isFalse();
      assertThat(store.putIfAbsent("log/2", ByteBuffer.allocate(99))).isTrue();
    }
  }

  @Test
  void aMissingNamespaceIsSaidSo() throws IOException {
    try (ObjectStore store = ZdbServers.current().enter("none")) {
      assertThatThrownBy(() -> store.get("data/1", 10))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("Namespace not found");
    }
  }

  @Test
  void aPasswordIsTakenFromAFile() throws IOException {
    ZdbServers server = ZdbServers.current();
    String own = server.makeNamespace();
    server.setPassword(own, "se cret");
    try (ObjectStore right = server.enter(own, "se cret");
        ObjectStore wrong = server.enter(own, "secret")) {
      assertThat(right.putIfAbsent("data/1", ByteBuffer.allocate(1))).isTrue();
      assertThatThrownBy(() -> wrong.get("data/1", 10))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("Access denied");
    }
  }
}
