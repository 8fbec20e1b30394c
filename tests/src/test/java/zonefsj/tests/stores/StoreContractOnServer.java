// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import java.io.IOException;
import java.nio.ByteBuffer;
import zonefsj.stores.ObjectStore;

/** The contract of stores on a real server. Not a test of the gate, which has none. */
public class StoreContractOnServer extends ObjectStoreContractTest {
  private final String spec = ServerProof.newSpec();
  private boolean made;

  @Override
  ObjectStore client() throws IOException {
    ObjectStore store = ServerProof.connect(spec);
    if (!made) {
      made = true;
      // Some make a directory for a drive only, whose first object has this name.
      store.putIfAbsent("volume", ByteBuffer.allocate(1));
      store.delete("volume");
    }
    return store;
  }
}
