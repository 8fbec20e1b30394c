// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.kit.ScriptedServer;
import zonefsj.stores.kit.ScriptedZdb;
import zonefsj.stores.spec.StoreSpec;

/** So does one in a 0-db namespace; {@code tests/prove zdb} runs it on a real server. */
@Lacks(value = DriveAbility.CONVENTIONAL_ZONES, because = "objects do not change")
class ZdbStoreDeviceTest extends StoreZonedDeviceTest {
  /** Closed after the drives. */
  private static final List<ScriptedServer> SERVERS = new ArrayList<>();

  @AfterAll
  static void end() throws IOException {
    for (ScriptedServer server : SERVERS) {
      server.close();
    }
    SERVERS.clear();
  }

  @Override
  ObjectStore store() throws IOException {
    ScriptedServer server = new ScriptedServer(new ScriptedZdb());
    SERVERS.add(server);
    return ((StoreSpec) DeviceSpec.parse("zdb:host=127.0.0.1,port=" + server.port()))
        .connect(false);
  }
}
