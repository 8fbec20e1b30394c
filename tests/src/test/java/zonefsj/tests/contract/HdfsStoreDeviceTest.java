// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.spec.StoreSpec;
import zonefsj.tests.stores.HdfsServer;

/** So does one in a directory of HDFS. */
@Lacks(value = DriveAbility.CONVENTIONAL_ZONES, because = "objects do not change")
class HdfsStoreDeviceTest extends StoreZonedDeviceTest {
  @SuppressWarnings("NullAway.Init") // set before all tests
  private static HdfsServer server;

  private static int drives;

  @BeforeAll
  static void start() throws IOException {
    server = HdfsServer.start(1);
  }

  @AfterAll
  static void end() throws IOException {
    server.close();
  }

  @Override
  ObjectStore store() throws IOException {
    return ((StoreSpec) DeviceSpec.parse(server.directory("drives/" + drives++))).connect(false);
  }
}
