// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.kit.ScriptedServer;
import zonefsj.stores.kit.ScriptedZdb;
import zonefsj.stores.spec.StoreSpec;

/** The keys of a 0-db namespace keep the contract; {@code tests/prove zdb} runs a real server. */
class ZdbStoreTest extends ObjectStoreContractTest {
  private final ScriptedServer server = server();

  private static ScriptedServer server() {
    try {
      return new ScriptedServer(new ScriptedZdb());
    } catch (IOException e) {
      throw new AssertionError("no socket on the loopback address", e);
    }
  }

  @Override
  ObjectStore client() throws IOException {
    return ((StoreSpec) DeviceSpec.parse("zdb:host=127.0.0.1,port=" + server.port()))
        .connect(false);
  }

  @AfterEach
  void end() throws IOException {
    server.close();
  }

  @Test
  void aSpecIsTheSameWhenItIsReadAgain() throws IOException {
    for (String text :
        List.of(
            "zdb:", "zdb:host=::1,port=1,namespace=\"a b\"", "zdb(socket=/s,password-file=/p)")) {
      DeviceSpec spec = DeviceSpec.parse(text);
      assertThat(DeviceSpec.parse(spec.toString())).hasToString(spec.toString());
    }
    assertThatThrownBy(() -> DeviceSpec.parse("zdb:socket=/s,port=1"))
        .hasMessageContaining("a socket has no host");
    assertThatThrownBy(() -> DeviceSpec.parse("zdb:namespace=\"\"")).hasMessageContaining("name");
    assertThatThrownBy(() -> DeviceSpec.parse("zdb:password=x"))
        .hasMessageContaining("password-file=PATH");
  }
}
