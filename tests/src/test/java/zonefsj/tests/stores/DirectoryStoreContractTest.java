// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.dir.DirectoryStore;

/** The files of a directory keep the contract. */
class DirectoryStoreContractTest extends ObjectStoreContractTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  @Override
  ObjectStore client() throws IOException {
    return DirectoryStore.open(directory, false);
  }
}
