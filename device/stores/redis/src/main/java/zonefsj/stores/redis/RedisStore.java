// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.ObjectTooLongException;
import zonefsj.stores.ObjectUnreadableException;
import zonefsj.stores.resp.AcknowledgedObjects;
import zonefsj.stores.resp.AcknowledgedObjects.Known;
import zonefsj.stores.resp.RespConnections;
import zonefsj.stores.resp.RespEntry;
import zonefsj.stores.resp.RespServer;

/**
 * Objects in the keys of a Redis server, or of one that knows the same commands: {@code SET NX},
 * {@code GETRANGE}, {@code SCAN}, {@code DEL}. Thread-safe.
 *
 * <p>{@link RedisNeeds} says when a put is durable.
 *
 * <p>Costs a byte array as long as the object for each request at a time.
 */
final class RedisStore implements ObjectStore {
  private static final Logger LOG = LoggerFactory.getLogger(RedisStore.class);

  /** Requests at once hold so much each, on the heap. */
  static final long MAX_OBJECT_BYTES = 2L << 20;

  private static final int KEYS_AT_ONCE = 1000;

  /** What an answer begins with if a key is no string. */
  private static final String WRONG_TYPE = "WRONGTYPE";

  /** What is answered to a put. */
  private static final String DONE = "OK";

  /** What errors begin with that will be the same the next time. */
  private static final List<String> NEVER = List.of("ERR DB index", "DENIED");

  /** As before, of a server that does nothing now (redis/src/server.c). */
  private static final List<String> NOT_NOW =
      List.of("OOM", "MISCONF", "BUSY", "NOREPLICAS", "CLUSTERDOWN");

  /** As before, of one that another one has replaced, or that was started again. */
  private static final List<String> REPLACED = List.of("READONLY", "MASTERDOWN", "LOADING");

  /** More than there are requests at once. */
  private static final int REMEMBERED = 64;

  private final RespConnections connections;
  private final AcknowledgedObjects acknowledged;
  private final String prefix;
  private final String words;

  /**
   * Does not connect yet.
   *
   * @param prefix what all keys begin with
   * @param words what the store is called
   * @param needs what the server must be
   */
  RedisStore(RespServer server, RedisLogin login, String prefix, String words, RedisNeeds needs) {
    this.prefix = prefix;
    this.words = words;
    this.acknowledged = new AcknowledgedObjects(words, REMEMBERED);
    this.connections = new RespConnections(server, new Entry(login, needs));
  }

  private final class Entry implements RespEntry {
    private final RedisLogin login;
    private final RedisNeeds needs;

    Entry(RedisLogin login, RedisNeeds needs) {
      this.login = login;
      this.needs = needs;
    }

    @Override
    public void configure(DefaultJedisClientConfig.Builder config) throws IOException {
      login.configure(config);
    }

    @Override
    public void enter(Connection connection) throws IOException {
      needs.check(connection, words);
    }

    @Override
    public void requireIntact(Connection connection) throws IOException {
      acknowledged.require(objects -> areThere(connection, objects));
    }

    @Override
    public Meaning meaning(String error) {
      if (NEVER.stream().anyMatch(error::startsWith)) {
        return Meaning.NEVER;
      }
      if (REPLACED.stream().anyMatch(error::startsWith)) {
        return Meaning.REPLACED;
      }
      return NOT_NOW.stream().anyMatch(error::startsWith) ? Meaning.NOT_NOW : Meaning.UNKNOWN;
    }
  }

  @Override
  public long maxObjectBytes() {
    return MAX_OBJECT_BYTES;
  }

  @Override
  public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
    byte[] value = joined(sources);
    boolean put = connections.use(connection -> put(connection, name, value));
    if (put) {
      acknowledged.put(name, value);
    }
    return put;
  }

  /**
   * Also true if the object is there already: an answer may have been lost. The objects of a server
   * can be replaced behind an open connection, so the newest one is looked at with each put.
   */
  private boolean put(Connection connection, String name, byte[] value) throws IOException {
    Optional<Known> newest = acknowledged.newest();
    if (newest.isPresent()) {
      connection.sendCommand(head(newest.orElseThrow()));
    }
    connection.sendCommand(command(Command.SET, name).add(value).add("NX"));
    List<Object> answers = connection.getMany(newest.isPresent() ? 2 : 1);
    Object answer = answers.get(answers.size() - 1);
    if (answer instanceof JedisDataException e) {
      throw e;
    }
    if (newest.isPresent()
        && !isPut(newest.orElseThrow(), answers.get(0))
        && acknowledged.isExpected(newest.orElseThrow())) {
      throw new IOException(acknowledged.words(newest.orElseThrow()));
    }
    if (answer == null) {
      return has(connection, name, value);
    }
    if (!string(answer).equals(DONE)) {
      throw new IOException(this + " does not say whether it has put " + name);
    }
    return true;
  }

  /** Whether the newest object is there, of a server that may have carried out a put. */
  private boolean isPut(Known newest, Object answer) throws IOException {
    try {
      return isThere(newest, answer);
    } catch (JedisDataException e) {
      throw new IOException(this + " answers: " + e.getMessage(), e);
    }
  }

  private boolean has(Connection connection, String name, byte[] value) throws IOException {
    try {
      return Arrays.equals(range(connection, name, 0, value.length + 1L), value)
          && (value.length > 0 || exists(connection, name));
    } catch (ObjectUnreadableException other) {
      LOG.trace("{} is no object", name, other);
      return false;
    } catch (JedisDataException e) {
      // It may be there, and ours.
      throw new IOException(this + " answers: " + e.getMessage(), e);
    }
  }

  private List<Boolean> areThere(Connection connection, List<Known> objects) {
    objects.forEach(object -> connection.sendCommand(head(object)));
    List<Object> answers = connection.getMany(objects.size());
    List<Boolean> there = new ArrayList<>(objects.size());
    for (int at = 0; at < objects.size(); at++) {
      there.add(isThere(objects.get(at), answers.get(at)));
    }
    return there;
  }

  private CommandArguments head(Known object) {
    return command(Command.GETRANGE, object.name()).add(0).add(AcknowledgedObjects.HEAD_BYTES - 1);
  }

  private static boolean isThere(Known object, Object answer) {
    if (answer instanceof JedisDataException e && !isWrongType(e)) {
      throw e;
    }
    return answer instanceof byte[] bytes && object.head().equals(ByteBuffer.wrap(bytes));
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
    Optional<byte[]> value = connections.look(connection -> whole(connection, name, mostBytes));
    if (value.isPresent() && value.orElseThrow().length > mostBytes) {
      throw new ObjectTooLongException(this, name, mostBytes);
    }
    return value.map(ByteBuffer::wrap);
  }

  /** An object; one byte more than wanted if it is longer. */
  private Optional<byte[]> whole(Connection connection, String name, int mostBytes)
      throws IOException {
    byte[] value = range(connection, name, 0, mostBytes + 1L);
    if (value.length > 0) {
      return Optional.of(value);
    }
    if (!exists(connection, name)) {
      return Optional.empty();
    }
    // It is empty, or was put or deleted between the two requests. A name is used once only.
    value = range(connection, name, 0, mostBytes + 1L);
    return value.length > 0 || exists(connection, name) ? Optional.of(value) : Optional.empty();
  }

  @Override
  public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
    int length = destination.remaining();
    if (length == 0) {
      return;
    }
    byte[] value = connections.use(connection -> range(connection, name, offsetBytes, length));
    if (value.length == length) {
      destination.put(value);
      return;
    }
    if (value.length == 0 && !connections.use(connection -> exists(connection, name))) {
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
  private byte[] range(Connection connection, String name, long offsetBytes, long length)
      throws ObjectUnreadableException {
    try {
      return (byte[])
          connection.executeCommand(
              command(Command.GETRANGE, name).add(offsetBytes).add(offsetBytes + length - 1));
    } catch (JedisDataException e) {
      if (isWrongType(e)) {
        throw new ObjectUnreadableException(this, name, e);
      }
      throw e;
    }
  }

  private static boolean isWrongType(JedisDataException answer) {
    return String.valueOf(answer.getMessage()).startsWith(WRONG_TYPE);
  }

  private boolean exists(Connection connection, String name) {
    return (Long) connection.executeCommand(command(Command.EXISTS, name)) > 0;
  }

  @Override
  public void list(String namePrefix, Listing listing) throws IOException {
    String cursor = "0";
    do {
      String from = cursor;
      Page page = connections.look(connection -> page(connection, namePrefix, from));
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
    // Before it is gone: a new connection looks for it.
    acknowledged.delete(name);
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
