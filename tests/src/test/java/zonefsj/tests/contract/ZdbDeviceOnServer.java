// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import zonefsj.stores.ObjectStore;
import zonefsj.tests.stores.ZdbServers;

/** The contract of drives on a real 0-db server. Not a test of the gate, which has none. */
@Lacks(value = DriveAbility.CONVENTIONAL_ZONES, because = "objects do not change")
public class ZdbDeviceOnServer extends StoreZonedDeviceTest {
  @Override
  ObjectStore store() throws IOException {
    return ZdbServers.current().newNamespace();
  }
}
