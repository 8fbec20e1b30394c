// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.spec.StoreSpec;
import zonefsj.tests.stores.S3Server;

/** So does one in a bucket. */
@Lacks(value = DriveAbility.CONVENTIONAL_ZONES, because = "objects do not change")
class S3StoreDeviceTest extends StoreZonedDeviceTest {
  @SuppressWarnings("NullAway.Init") // set before all tests
  private static S3Server server;

  private static int drives;

  @BeforeAll
  static void start() throws IOException {
    server = S3Server.start();
  }

  @AfterAll
  static void end() {
    server.close();
  }

  @Override
  ObjectStore store() throws IOException {
    return ((StoreSpec) DeviceSpec.parse("s3:" + server.options() + ",prefix=" + drives++ + "/"))
        .connect(false);
  }
}
