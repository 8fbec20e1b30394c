// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.s3;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.SpecWord;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.module.StoreModules;
import zonefsj.stores.spec.StoreOptions;
import zonefsj.stores.spec.StoreSpec;

/**
 * A drive in a bucket.
 *
 * @param settings what was said of the bucket, by the names of {@link S3Settings}, in order
 * @param options what was said of the drive
 */
record S3Spec(Map<String, String> settings, StoreOptions options) implements StoreSpec {
  @Override
  public ObjectStore connect(boolean readOnly) throws IOException {
    return StoreModules.connector(S3Kind.NAME).connect(settings, readOnly);
  }

  @Override
  public List<Path> clientFiles() {
    return AwsFiles.of(System.getenv());
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) {
    return this;
  }

  @Override
  public String toString() {
    String words =
        settings.entrySet().stream()
            .map(each -> each.getKey() + "=" + SpecWord.quoted(each.getValue()))
            .collect(Collectors.joining(","));
    return S3Kind.NAME + "(" + words + options.words() + ")";
  }
}
