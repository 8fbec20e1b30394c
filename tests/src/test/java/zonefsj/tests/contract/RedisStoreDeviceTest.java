// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.spec.StoreSpec;
import zonefsj.tests.stores.StoreServer;

/** So does one in the keys of a Redis server. */
@Lacks(value = DriveAbility.CONVENTIONAL_ZONES, because = "objects do not change")
class RedisStoreDeviceTest extends StoreZonedDeviceTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before all tests
  static Path directory;

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static StoreServer server;

  private static int drives;

  @BeforeAll
  static void start() throws IOException {
    server = StoreServer.redis(directory);
  }

  @AfterAll
  static void end() {
    server.close();
  }

  @Override
  ObjectStore store() throws IOException {
    String spec = "redis:host=127.0.0.1,port=" + server.port() + ",prefix=" + drives++ + "/";
    return ((StoreSpec) DeviceSpec.parse(spec)).connect(false);
  }
}
