// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zdb;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Which of several values of a key counts. 0-db has no command that puts only what is absent, but
 * keeps all versions of a key, in the order in which it has taken them.
 *
 * <p>Whoever puts a value puts a placeholder first; 0-db ignores it if it is there. If it is the
 * first version of the key, the value names its position. The value that follows the first version
 * counts, and no other: the placeholder that it names is its predecessor. All other values have a
 * value before them. A placeholder that comes too late has one, too, and nobody uses it.
 *
 * <p>So the first version need never be read. That matters because {@code HISTORY} looks for it in
 * the wrong file if it is not in the first one (zdbd/commands_set.c does not note the file of a new
 * key), and answers with an error, or with other bytes.
 *
 * <p>The commands are sent one by one: the server does not switch Nagle's algorithm off, so that
 * the answers to several at once wait for each other.
 */
final class ZdbVersions {
  /** So many values of a key are followed. */
  private static final int MOST = 1000;

  /** A value that another client puts meanwhile is looked at again. */
  private static final int ATTEMPTS = 3;

  static final String MISSING = "Key not found";
  private static final String UNREADABLE = "Internal Error";

  private ZdbVersions() {}

  /**
   * The value that counts; empty if there is none.
   *
   * @throws IOException if it cannot be read
   */
  static Optional<byte[]> first(Connection connection, String key) throws IOException {
    Optional<List<?>> newest = newest(connection, key);
    if (newest.isEmpty()) {
      return Optional.empty();
    }
    List<?> version = newest.orElseThrow();
    for (int at = 0; at < MOST; at++) {
      byte[] parent = (byte[]) version.get(0);
      byte[] value = (byte[]) version.get(2);
      if (parent == null || value == null) {
        return Optional.empty();
      }
      if (ZdbValue.follows(value, parent)) {
        return Optional.of(value);
      }
      version =
          (List<?>)
              connection.executeCommand(
                  new CommandArguments(ZdbCommand.HISTORY).add(key).add(parent));
    }
    throw new IOException(key + " was put more than " + MOST + " times");
  }

  /** Empty if there is none, or only a first one that cannot be read. */
  private static Optional<List<?>> newest(Connection connection, String key) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        return Optional.of(
            (List<?>) connection.executeCommand(new CommandArguments(ZdbCommand.HISTORY).add(key)));
      } catch (JedisDataException e) {
        if (is(e, MISSING)) {
          return Optional.empty();
        }
        if (!isUnreadable(e)) {
          throw e;
        }
      }
      byte[] value = get(connection, key);
      if (value == null || ZdbValue.isPlaceholder(value)) {
        return Optional.empty();
      }
    }
    // What GET can read and HISTORY cannot is the first version: nobody has put a placeholder.
    return Optional.empty();
  }

  /** The newest value; null if there is none. */
  static byte @Nullable [] get(Connection connection, String key) {
    return (byte[]) connection.executeCommand(new CommandArguments(ZdbCommand.GET).add(key));
  }

  /** Whether the server could not read a value. */
  static boolean isUnreadable(JedisDataException error) {
    return is(error, UNREADABLE);
  }

  private static boolean is(JedisDataException error, String words) {
    return words.equals(error.getMessage());
  }

  /** The position of a placeholder that nothing came before; empty if something did. */
  static Optional<byte[]> place(Connection connection, String key) throws IOException {
    connection.executeCommand(
        new CommandArguments(ZdbCommand.SET).add(key).add(ZdbValue.placeholder()));
    // From here to the last command: the version is the same, or it was not the first one.
    byte[] cursor = cursor(connection, key);
    if (cursor.length == 0) {
      return Optional.empty();
    }
    boolean isFirst;
    try {
      List<?> version =
          (List<?>) connection.executeCommand(new CommandArguments(ZdbCommand.HISTORY).add(key));
      isFirst = version.get(0) == null;
    } catch (JedisDataException e) {
      if (!isUnreadable(e) && !is(e, MISSING)) {
        throw e;
      }
      // What GET can read and HISTORY cannot is the first version.
      isFirst =
          isUnreadable(e)
              && ZdbValue.isPlaceholder(get(connection, key))
              && Arrays.equals(cursor, cursor(connection, key));
    }
    return isFirst ? Optional.of(ZdbValue.position(cursor)) : Optional.empty();
  }

  /** No bytes if the key was deleted. */
  private static byte[] cursor(Connection connection, String key) throws IOException {
    try {
      byte[] cursor =
          (byte[]) connection.executeCommand(new CommandArguments(ZdbCommand.KEYCUR).add(key));
      if (cursor.length != ZdbValue.CURSOR_BYTES) {
        throw new IOException("the server is no 0-db of version 2: its cursors have another form");
      }
      return cursor;
    } catch (JedisDataException e) {
      if (is(e, MISSING)) {
        return new byte[0];
      }
      throw e;
    }
  }
}
