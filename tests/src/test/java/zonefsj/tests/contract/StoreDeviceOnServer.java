// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import zonefsj.stores.ObjectStore;
import zonefsj.tests.stores.ServerProof;

/** The contract of drives on a real server. Not a test of the gate, which has none. */
@Lacks(value = DriveAbility.CONVENTIONAL_ZONES, because = "objects do not change")
public class StoreDeviceOnServer extends StoreZonedDeviceTest {
  @Override
  ObjectStore store() throws IOException {
    return ServerProof.connect(ServerProof.newSpec());
  }
}
