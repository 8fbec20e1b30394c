// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.resp;

import java.io.IOException;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;

/** How a server is entered, and what it must be. Thread-safe. */
public interface RespEntry {
  /** Adds what the client does by itself when it connects. */
  default void configure(DefaultJedisClientConfig.Builder config) throws IOException {}

  /**
   * Enters, and looks at the server before it is asked for anything.
   *
   * @throws zonefsj.stores.StoreRefusedException if it must not be used
   * @throws zonefsj.stores.StoreUnavailableException if it cannot be used now
   */
  void enter(Connection connection) throws IOException;

  /**
   * Looks whether it still has what it has acknowledged, once for each connection.
   *
   * @throws zonefsj.stores.StoreRefusedException if it has not
   */
  default void requireIntact(Connection connection) throws IOException {}

  /** What an error means that a server answers with. */
  Meaning meaning(String error);

  /** What an error means. In each case but the last the request had no effect. */
  enum Meaning {
    /** It would be the same the next time. */
    NEVER,
    /** The server does nothing now. */
    NOT_NOW,
    /** Another server has taken its place: other connections may lead to this one, too. */
    REPLACED,
    /** Only the request knows. */
    UNKNOWN
  }
}
