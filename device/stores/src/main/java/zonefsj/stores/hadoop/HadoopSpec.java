// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.hadoop;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.SpecWord;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.module.StoreModules;
import zonefsj.stores.spec.StoreOptions;
import zonefsj.stores.spec.StoreSpec;

/**
 * A drive in a directory of a filesystem of Hadoop.
 *
 * @param kind the scheme of its URI
 * @param place the rest of the URI: {@code //host:port/path}
 * @param user who the client says it is
 * @param clientBytes what the client keeps of a put: packets in flight, or buffers
 * @param options what was said of the drive
 */
record HadoopSpec(
    String kind, String place, Optional<String> user, long clientBytes, StoreOptions options)
    implements StoreSpec {

  @Override
  public ObjectStore connect(boolean readOnly) throws IOException {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put(HadoopSettings.ADDRESS, kind + ":" + place);
    user.ifPresent(name -> settings.put(HadoopSettings.USER, name));
    return StoreModules.connector(HadoopKind.MODULE).connect(settings, readOnly);
  }

  @Override
  public List<Path> clientFiles() {
    return HadoopConfiguration.files(System.getenv());
  }

  @Override
  public long memoryBytes() {
    return StoreSpec.super.memoryBytes() + REQUESTS * clientBytes;
  }

  @Override
  public long directMemoryBytes() {
    return StoreSpec.super.directMemoryBytes() + REQUESTS * clientBytes;
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) {
    return this;
  }

  @Override
  public String toString() {
    String words =
        SpecWord.quoted(place) + user.map(name -> ",user=" + SpecWord.quoted(name)).orElse("");
    return user.isEmpty() ? options.spec(kind, words) : kind + "(" + words + options.words() + ")";
  }
}
