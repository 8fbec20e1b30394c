// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.dir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.SpecWord;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.spec.StoreOptions;
import zonefsj.stores.spec.StoreSpec;

/**
 * A drive in the files of a directory.
 *
 * @param directory where it is
 * @param options what was said of it
 */
record DirectorySpec(Path directory, StoreOptions options) implements StoreSpec {
  @Override
  public ObjectStore connect(boolean readOnly) throws IOException {
    return DirectoryStore.open(directory, readOnly);
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
    return new DirectorySpec(
        Files.exists(directory) ? directory.toRealPath() : directory.toAbsolutePath(), options);
  }

  @Override
  public String toString() {
    return options.spec(DirectoryKind.NAME, SpecWord.quoted(directory.toString()));
  }
}
