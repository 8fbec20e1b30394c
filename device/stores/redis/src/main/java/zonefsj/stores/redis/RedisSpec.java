// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import java.nio.file.Path;
import java.util.Optional;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.SpecWord;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.spec.StoreOptions;
import zonefsj.stores.spec.StoreSpec;

/**
 * A drive in the keys of a Redis server.
 *
 * @param server where it is
 * @param prefix what its keys begin with
 * @param durable whether a server that forgets is refused
 * @param options what was said of the drive
 */
record RedisSpec(RespServer server, String prefix, boolean durable, StoreOptions options)
    implements StoreSpec {
  @Override
  public ObjectStore connect(boolean readOnly) {
    RedisNeeds needs = durable ? RedisNeeds.DURABLE : RedisNeeds.WRITABLE;
    return new RedisStore(
        server,
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
    RespServer there =
        new RespServer(
            server.host(),
            server.port(),
            server.tls(),
            server.user(),
            server.passwordFile().map(Path::toAbsolutePath),
            server.database());
    return new RedisSpec(there, prefix, durable, options);
  }

  @Override
  public String toString() {
    StringBuilder words =
        new StringBuilder("host=")
            .append(SpecWord.quoted(server.host()))
            .append(",port=")
            .append(server.port())
            .append(",database=")
            .append(server.database())
            .append(",prefix=")
            .append(SpecWord.quoted(prefix));
    server.user().ifPresent(user -> words.append(",user=").append(SpecWord.quoted(user)));
    Optional<Path> file = server.passwordFile();
    file.ifPresent(
        path -> words.append(",password-file=").append(SpecWord.quoted(path.toString())));
    if (server.tls()) {
      words.append(",tls=yes");
    }
    if (!durable) {
      words.append(",durable=no");
    }
    return RedisKind.NAME + "(" + words + options.words() + ")";
  }
}
