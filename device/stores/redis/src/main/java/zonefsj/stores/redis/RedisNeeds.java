// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.StoreUnavailableException;

/**
 * What a server must be, so that it keeps what it has acknowledged. Its settings may change with
 * every restart, and another server may answer under the same name, so each connection is looked
 * at. Immutable.
 */
enum RedisNeeds {
  /** Nothing is written. */
  NONE,

  /** The server that takes writes, and does not throw keys away. */
  WRITABLE,

  /**
   * It also writes each command to its append-only file, and syncs that, before it answers, even
   * while it writes the file anew (redis.conf of the server says so of these settings).
   */
  DURABLE;

  private static final Logger LOG = LoggerFactory.getLogger(RedisNeeds.class);

  /** What the answer begins with to a command that our user may not give, or that is not known. */
  private static final List<String> HIDDEN =
      List.of("noperm", "err unknown", "err unsupported", "err wrong number");

  /**
   * Looks at the server.
   *
   * @param store what it is called
   * @throws StoreRefusedException if it must not be used
   * @throws StoreUnavailableException if it cannot be used now
   */
  void check(Connection connection, String store) throws IOException {
    if (this == NONE) {
      return;
    }
    // A setting of KeyDB: what two servers have put under one name, the later one keeps.
    if (setting(connection, "active-replica").filter("yes"::equals).isPresent()) {
      throw new StoreRefusedException(
          store + " is one of several servers that take writes ('active-replica yes')", null);
    }
    Optional<String> role = role(connection);
    if (role.isPresent() && !role.orElseThrow().equals("master")) {
      // A failover may be under way.
      throw new StoreUnavailableException(
          store + " is a " + role.orElseThrow() + ", which takes no writes", null);
    }
    Optional<String> eviction = setting(connection, "maxmemory-policy");
    // Others throw away keys that were given a time to live; ours are not.
    if (eviction.isPresent() && eviction.orElseThrow().startsWith("allkeys")) {
      throw new StoreRefusedException(
          store
              + " deletes objects when its memory is full: it needs 'maxmemory-policy noeviction', and"
              + " has '"
              + eviction.orElseThrow()
              + "'",
          null);
    }
    if (this == DURABLE) {
      require(connection, store, "appendonly", "yes");
      require(connection, store, "appendfsync", "always");
      require(connection, store, "no-appendfsync-on-rewrite", "no");
    }
  }

  private static void require(Connection connection, String store, String name, String value)
      throws IOException {
    Optional<String> found = setting(connection, name);
    if (found.isEmpty()) {
      throw new StoreRefusedException(
          store
              + " does not tell whether it can lose what it has acknowledged: it needs '"
              + name
              + " "
              + value
              + "'; durable=no takes it all the same",
          null);
    }
    if (!found.orElseThrow().equals(value)) {
      throw new StoreRefusedException(
          store
              + " can lose what it has acknowledged: it needs '"
              + name
              + " "
              + value
              + "', and has '"
              + found.orElseThrow()
              + "'; durable=no takes it all the same",
          null);
    }
  }

  /** Master, or slave; empty if the server does not say. */
  private static Optional<String> role(Connection connection) {
    return answer(connection, new CommandArguments(Command.ROLE)).stream().findFirst();
  }

  /** Empty if the server does not say. */
  private static Optional<String> setting(Connection connection, String name) {
    List<String> answer =
        answer(connection, new CommandArguments(Command.CONFIG).add("GET").add(name));
    return answer.size() == 2
        ? Optional.of(answer.get(1).toLowerCase(Locale.ROOT))
        : Optional.empty();
  }

  private static List<String> answer(Connection connection, CommandArguments command) {
    try {
      return RedisStore.strings(connection.executeCommand(command));
    } catch (JedisDataException hidden) {
      String words = String.valueOf(hidden.getMessage()).toLowerCase(Locale.ROOT);
      if (HIDDEN.stream().noneMatch(words::startsWith)) {
        throw hidden;
      }
      LOG.debug("{} is hidden", command.getCommand(), hidden);
      return List.of();
    }
  }
}
