// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.dir.DirectoryStore;

/** So does one in the files of a directory. */
@Lacks(value = DriveAbility.CONVENTIONAL_ZONES, because = "objects do not change")
class DirectoryStoreDeviceTest extends StoreZonedDeviceTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  @Override
  ObjectStore store() throws IOException {
    return DirectoryStore.open(Files.createTempDirectory(directory, "store"), false);
  }
}
