// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zdb;

import java.util.Optional;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.SpecWord;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.resp.PasswordFile;
import zonefsj.stores.resp.RespServer;
import zonefsj.stores.spec.StoreOptions;
import zonefsj.stores.spec.StoreSpec;

/**
 * A drive in a 0-db namespace.
 *
 * @param server where it is
 * @param namespace its name
 * @param password empty: the namespace has none
 * @param options what was said of the drive
 */
record ZdbSpec(
    RespServer server, String namespace, Optional<PasswordFile> password, StoreOptions options)
    implements StoreSpec {
  @Override
  public ObjectStore connect(boolean readOnly) {
    String words = ZdbKind.NAME + " " + server + ", " + namespace;
    return new ZdbStore(server, namespace, password, words, readOnly);
  }

  /** Besides those of any store, what is sent and what is received stand on the heap. */
  @Override
  public long memoryBytes() {
    return StoreSpec.super.memoryBytes()
        + 2 * REQUESTS * ZdbStore.MAX_OBJECT_BYTES
        + ZdbStore.CACHE_BYTES;
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) {
    return new ZdbSpec(server.absolute(), namespace, password.map(PasswordFile::absolute), options);
  }

  @Override
  public String toString() {
    return ZdbKind.NAME
        + "("
        + server.words()
        + ",namespace="
        + SpecWord.quoted(namespace)
        + password.map(PasswordFile::words).orElse("")
        + options.words()
        + ")";
  }
}
