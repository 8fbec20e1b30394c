// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.ObjectTooLongException;
import zonefsj.stores.ObjectUnreadableException;
import zonefsj.stores.StoreRefusedException;

/**
 * Objects in the keys of a Redis server, or of one that knows the same commands: {@code SET NX},
 * {@code GETRANGE}, {@code SCAN}, {@code DEL}. Thread-safe.
 *
 * <p>{@link RedisNeeds} says when a put is durable.
 *
 * <p>Costs a byte array as long as the object for each request at a time.
 */
final class RedisStore implements ObjectStore {
  /** Requests at once hold so much each, on the heap. */
  static final long MAX_OBJECT_BYTES = 2L << 20;

  private static final int KEYS_AT_ONCE = 1000;

  /** What an answer begins with if a key is no string. */
  private static final String WRONG_TYPE = "WRONGTYPE";

  private final RespConnections connections;

  /** The last object that was acknowledged and that we have not deleted. */
  private volatile @Nullable String lastPut;

  private final String prefix;
  private final String words;

  /**
   * Does not connect yet.
   *
   * @param prefix what all keys begin with
   * @param words what the store is called
   * @param needs what the server must be
   */
  RedisStore(RespServer server, String prefix, String words, RedisNeeds needs) {
    this.prefix = prefix;
    this.words = words;
    this.connections =
        new RespConnections(
            server,
            connection -> {
              needs.check(connection, words);
              requireNothingLost(connection);
            });
  }

  /**
   * A server that was started again, or another one in its place, may lack what was acknowledged:
   * from the end, so that the last object stands for all.
   */
  private void requireNothingLost(Connection connection) throws IOException {
    String name = lastPut;
    while (name != null && !exists(connection, name)) {
      String now = lastPut;
      if (name.equals(now)) {
        throw new StoreRefusedException(
            this
                + " has no object "
                + name
                + ", which it has acknowledged: it has lost the newest objects, or somebody deletes"
                + " them",
            null);
      }
      name = now;
    }
  }

  @Override
  public long maxObjectBytes() {
    return MAX_OBJECT_BYTES;
  }

  @Override
  public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
    byte[] value = joined(sources);
    boolean put =
        connections.use(
            connection ->
                connection.executeCommand(command(Command.SET, name).add(value).add("NX")) != null);
    if (put) {
      lastPut = name;
    }
    return put;
  }

  private static byte[] joined(ByteBuffer... sources) {
    int length = 0;
    for (ByteBuffer source : sources) {
      length += source.remaining();
    }
    byte[] value = new byte[length];
    int filled = 0;
    for (ByteBuffer source : sources) {
      source.get(source.position(), value, filled, source.remaining());
      filled += source.remaining();
    }
    return value;
  }

  @Override
  public Optional<ByteBuffer> get(String name, int mostBytes) throws IOException {
    byte[] value = range(name, 0, mostBytes + 1L);
    if (value.length == 0) {
      if (!exists(name)) {
        return Optional.empty();
      }
      // It is empty, or was put or deleted between the two requests. A name is used once only.
      value = range(name, 0, mostBytes + 1L);
      if (value.length == 0 && !exists(name)) {
        return Optional.empty();
      }
    }
    if (value.length > mostBytes) {
      throw new ObjectTooLongException(this, name, mostBytes);
    }
    return Optional.of(ByteBuffer.wrap(value));
  }

  @Override
  public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
    int length = destination.remaining();
    if (length == 0) {
      return;
    }
    byte[] value = range(name, offsetBytes, length);
    if (value.length == length) {
      destination.put(value);
      return;
    }
    if (value.length == 0 && !exists(name)) {
      throw new ObjectMissingException(this, name);
    }
    throw new EOFException(
        this
            + ": object "
            + name
            + " ends "
            + (length - value.length)
            + " bytes before byte "
            + (offsetBytes + length));
  }

  /** Bytes of an object; none if there is none. */
  private byte[] range(String name, long offsetBytes, long length) throws IOException {
    try {
      return connections.use(
          connection ->
              (byte[])
                  connection.executeCommand(
                      command(Command.GETRANGE, name)
                          .add(offsetBytes)
                          .add(offsetBytes + length - 1)));
    } catch (IOException e) {
      if (e.getCause() instanceof JedisDataException told
          && String.valueOf(told.getMessage()).startsWith(WRONG_TYPE)) {
        throw new ObjectUnreadableException(this, name, e);
      }
      throw e;
    }
  }

  private boolean exists(String name) throws IOException {
    return connections.use(connection -> exists(connection, name));
  }

  private boolean exists(Connection connection, String name) {
    return (Long) connection.executeCommand(command(Command.EXISTS, name)) > 0;
  }

  @Override
  public void list(String namePrefix, Listing listing) throws IOException {
    String cursor = "0";
    do {
      String from = cursor;
      Page page = connections.use(connection -> page(connection, namePrefix, from));
      for (int at = 0; at < page.names.size(); at++) {
        listing.add(page.names.get(at), page.lengths.get(at));
      }
      cursor = page.next;
    } while (!cursor.equals("0"));
  }

  /** Some of the objects, in any order; a cursor with which to go on. */
  private record Page(String next, List<String> names, List<Long> lengths) {}

  private Page page(Connection connection, String namePrefix, String cursor) {
    List<?> answer =
        (List<?>)
            connection.executeCommand(
                new CommandArguments(Command.SCAN)
                    .add(cursor)
                    .add("MATCH")
                    .add(quoted(prefix + namePrefix) + "*")
                    .add("COUNT")
                    .add(KEYS_AT_ONCE)
                    .add("TYPE")
                    .add("string"));
    List<String> names = new ArrayList<>();
    for (String key : strings(answer.get(1))) {
      names.add(key.substring(prefix.length()));
    }
    for (String name : names) {
      connection.sendCommand(command(Command.STRLEN, name));
    }
    List<Long> lengths = new ArrayList<>(names.size());
    for (Object length : connection.getMany(names.size())) {
      // What is deleted meanwhile, or is no string, has none.
      lengths.add(length instanceof Long known ? known : 0L);
    }
    return new Page(string(answer.get(0)), names, lengths);
  }

  /** Nothing in it stands for anything else. */
  private static String quoted(String text) {
    return text.replaceAll("[\\\\*?\\[\\]^-]", "\\\\$0");
  }

  @Override
  public void delete(String name) throws IOException {
    if (name.equals(lastPut)) {
      // Before it is gone: a new connection looks for it.
      lastPut = null;
    }
    connections.use(connection -> connection.executeCommand(command(Command.DEL, name)));
  }

  private CommandArguments command(Command command, String name) {
    return new CommandArguments(command).add(prefix + name);
  }

  static List<String> strings(@Nullable Object answer) {
    List<String> strings = new ArrayList<>();
    if (answer instanceof List<?> list) {
      list.forEach(each -> strings.add(string(each)));
    }
    return strings;
  }

  private static String string(@Nullable Object answer) {
    return answer instanceof byte[] bytes ? new String(bytes, UTF_8) : String.valueOf(answer);
  }

  @Override
  public void close() {
    connections.close();
  }

  @Override
  public String toString() {
    return words;
  }
}
