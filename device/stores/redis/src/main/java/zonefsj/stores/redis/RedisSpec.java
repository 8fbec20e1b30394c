// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.SpecWord;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.resp.PasswordFile;
import zonefsj.stores.resp.RespServer;
import zonefsj.stores.spec.StoreOptions;
import zonefsj.stores.spec.StoreSpec;

/**
 * A drive in the keys of a Redis server.
 *
 * @param server where it is
 * @param login how it is entered
 * @param prefix what its keys begin with
 * @param durable whether a server that forgets is refused
 * @param options what was said of the drive
 */
record RedisSpec(
    RespServer server, RedisLogin login, String prefix, boolean durable, StoreOptions options)
    implements StoreSpec {
  @Override
  public ObjectStore connect(boolean readOnly) {
    RedisNeeds needs = durable ? RedisNeeds.DURABLE : RedisNeeds.WRITABLE;
    return new RedisStore(
        server,
        login,
        prefix,
        RedisKind.NAME + " " + server + ", " + prefix,
        readOnly ? RedisNeeds.NONE : needs);
  }

  /** Besides those of any store, what is sent and what is received stand on the heap. */
  @Override
  public long memoryBytes() {
    return StoreSpec.super.memoryBytes() + 2 * REQUESTS * RedisStore.MAX_OBJECT_BYTES;
  }

  @Override
  public DeviceSpec absolute(DeviceLookup lookup) {
    RedisLogin there =
        new RedisLogin(
            login.user(), login.password().map(PasswordFile::absolute), login.database());
    return new RedisSpec(server.absolute(), there, prefix, durable, options);
  }

  @Override
  public String toString() {
    StringBuilder words =
        new StringBuilder(server.words())
            .append(",database=")
            .append(login.database())
            .append(",prefix=")
            .append(SpecWord.quoted(prefix));
    login.user().ifPresent(user -> words.append(",user=").append(SpecWord.quoted(user)));
    login.password().ifPresent(password -> words.append(password.words()));
    if (!durable) {
      words.append(",durable=no");
    }
    return RedisKind.NAME + "(" + words + options.words() + ")";
  }
}
