// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import java.io.IOException;
import java.util.Optional;
import redis.clients.jedis.DefaultJedisClientConfig;
import zonefsj.stores.resp.PasswordFile;

/**
 * How a Redis server is entered.
 *
 * @param user of its access lists; empty: the usual one
 * @param password empty: none is needed
 * @param database number
 */
record RedisLogin(Optional<String> user, Optional<PasswordFile> password, int database) {
  /** The usual user, without a password, and the first database. */
  static final RedisLogin USUAL = new RedisLogin(Optional.empty(), Optional.empty(), 0);

  /** Lets the client enter when it connects. */
  void configure(DefaultJedisClientConfig.Builder config) throws IOException {
    config.database(database);
    user.ifPresent(config::user);
    if (password.isPresent()) {
      config.password(password.orElseThrow().read());
    }
  }
}
