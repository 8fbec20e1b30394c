// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.ObjectTooLongException;
import zonefsj.stores.ObjectUnreadableException;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.StoreUnavailableException;
import zonefsj.stores.resp.AcknowledgedObjects;
import zonefsj.stores.resp.AcknowledgedObjects.Known;
import zonefsj.stores.resp.PasswordFile;
import zonefsj.stores.resp.RespConnections;
import zonefsj.stores.resp.RespServer;

/**
 * Objects in the keys of a 0-db namespace. Thread-safe. {@link ZdbValue} says what stands in them,
 * and {@link ZdbVersions} which of several values counts.
 *
 * <p>0-db reads whole values only, so the last ones are kept. Costs a byte array as long as the
 * object for each request at a time, and {@link #CACHE_BYTES} for those that are kept.
 */
final class ZdbStore implements ObjectStore {
  /** Requests at once hold so much each, on the heap. */
  static final long MAX_OBJECT_BYTES = 1L << 20;

  /** Objects that were read last. */
  static final long CACHE_BYTES = 16L << 20;

  /** Longer objects are asked for their length first. */
  private static final int USUAL_BYTES = 64 << 10;

  /** More than there are requests at once. */
  private static final int REMEMBERED = 32;

  private static final long MOST_VALUE_BYTES = 8L << 20;

  private static final String NO_MORE = "No more data";

  private final ZdbEntry entry;
  private final RespConnections connections;
  private final AcknowledgedObjects acknowledged;
  private final Cache<String, ByteBuffer> read =
      Caffeine.newBuilder()
          .maximumWeight(CACHE_BYTES)
          .weigher((String name, ByteBuffer object) -> object.capacity() + 100)
          .executor(Runnable::run)
          .build();
  private final String words;

  /**
   * Does not connect yet.
   *
   * @param words what the store is called
   * @param readOnly whether nothing is put
   */
  ZdbStore(
      RespServer server,
      String namespace,
      Optional<PasswordFile> password,
      String words,
      boolean readOnly) {
    this.words = words;
    this.acknowledged = new AcknowledgedObjects(words, REMEMBERED);
    this.entry =
        new ZdbEntry(words, namespace, password, readOnly) {
          @Override
          public void requireIntact(Connection connection) throws IOException {
            acknowledged.require(objects -> areThere(connection, objects));
          }
        };
    this.connections = new RespConnections(server, entry);
  }

  @Override
  public long maxObjectBytes() {
    return MAX_OBJECT_BYTES;
  }

  @Override
  public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
    requireLength(sources);
    ByteBuffer object = ZdbValue.object(ZdbValue.own(sources));
    boolean ours = connections.use(connection -> put(connection, name, object));
    if (ours) {
      acknowledged.put(name, bytes(object));
    }
    return ours;
  }

  private boolean put(Connection connection, String name, ByteBuffer object) throws IOException {
    Optional<byte[]> place = prepared(connection, name);
    if (place.isPresent()) {
      set(connection, name, ZdbValue.contested(place.orElseThrow(), object));
    }
    Optional<byte[]> first;
    try {
      first = ZdbVersions.first(connection, name);
    } catch (JedisDataException e) {
      // Whatever that means: it may be there.
      throw new IOException(this + " does not say whether it has put " + name, e);
    }
    if (first.isEmpty()) {
      throw new IOException(this + ": " + name + " was put and is not there");
    }
    return ZdbValue.object(first.orElseThrow()).equals(object);
  }

  /** Where the object can be put; empty if one is there. If this fails, nothing was put. */
  private Optional<byte[]> prepared(Connection connection, String name) throws IOException {
    try {
      entry.requireRoom(connection);
      // What counts is not written over without need: the server is not careful with it then.
      return ZdbVersions.first(connection, name).isPresent()
          ? Optional.empty()
          : ZdbVersions.place(connection, name);
    } catch (JedisConnectionException e) {
      throw new StoreUnavailableException(this + " does not answer: " + e.getMessage(), e);
    }
  }

  /** The server ends the connection of whoever sends more. */
  private void requireLength(ByteBuffer... sources) throws StoreRefusedException {
    long length = ZdbValue.HEADER_BYTES;
    for (ByteBuffer source : sources) {
      length += source.remaining();
    }
    if (length > MOST_VALUE_BYTES) {
      throw new StoreRefusedException(this + " takes no object of " + length + " bytes", null);
    }
  }

  @Override
  public boolean putOwn(String name, ByteBuffer... sources) throws IOException {
    requireLength(sources);
    byte[] value = ZdbValue.own(sources);
    connections.use(
        connection -> {
          entry.requireRoom(connection);
          return set(connection, name, value);
        });
    acknowledged.put(name, bytes(ZdbValue.object(value)));
    return true;
  }

  private static byte[] bytes(ByteBuffer object) {
    byte[] head = new byte[Math.min(object.remaining(), AcknowledgedObjects.HEAD_BYTES)];
    object.get(object.position(), head);
    return head;
  }

  /** Looks at the newest one as a whole. */
  private static List<Boolean> areThere(Connection connection, List<Known> objects)
      throws IOException {
    List<Boolean> there = new ArrayList<>(objects.size());
    for (int at = 0; at < objects.size(); at++) {
      Known object = objects.get(at);
      there.add(
          at < objects.size() - 1
              ? length(connection, object.name()).isPresent()
              : value(connection, object.name())
                  .map(
                      value -> object.head().equals(ByteBuffer.wrap(bytes(ZdbValue.object(value)))))
                  .orElse(false));
    }
    return there;
  }

  private boolean set(Connection connection, String name, byte[] value) throws IOException {
    Object answer =
        connection.executeCommand(new CommandArguments(ZdbCommand.SET).add(name).add(value));
    // Nothing if the same value is there.
    if (answer != null && !name.equals(new String((byte[]) answer, UTF_8))) {
      throw new IOException(this + " does not say whether it has put " + name);
    }
    return true;
  }

  @Override
  public Optional<ByteBuffer> get(String name, int mostBytes) throws IOException {
    Optional<byte[]> value = value(name, mostBytes);
    if (value.isEmpty()) {
      return Optional.empty();
    }
    ByteBuffer object = ZdbValue.object(value.orElseThrow());
    if (object.remaining() > mostBytes) {
      throw new ObjectTooLongException(this, name, mostBytes);
    }
    return Optional.of(object);
  }

  private Optional<byte[]> value(String name, int mostBytes) throws IOException {
    if (mostBytes < USUAL_BYTES) {
      OptionalLong length = connections.look(connection -> length(connection, name));
      if (length.isEmpty()) {
        return Optional.empty();
      }
      if (length.getAsLong() - ZdbValue.HEADER_BYTES > mostBytes) {
        throw new ObjectTooLongException(this, name, mostBytes);
      }
    }
    return connections.look(connection -> readable(connection, name));
  }

  private Optional<byte[]> readable(Connection connection, String name) throws IOException {
    try {
      return value(connection, name);
    } catch (JedisDataException e) {
      if (ZdbVersions.isUnreadable(e)) {
        throw new ObjectUnreadableException(this, name, e);
      }
      throw e;
    }
  }

  private static Optional<byte[]> value(Connection connection, String name) throws IOException {
    byte[] value = ZdbVersions.get(connection, name);
    if (value == null) {
      return Optional.empty();
    }
    return ZdbValue.isOwn(value) ? Optional.of(value) : ZdbVersions.first(connection, name);
  }

  /** The length of the newest value; empty if there is none. */
  private static OptionalLong length(Connection connection, String name) {
    Object answer = connection.executeCommand(new CommandArguments(ZdbCommand.LENGTH).add(name));
    return answer == null ? OptionalLong.empty() : OptionalLong.of((Long) answer);
  }

  @Override
  public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
    if (!destination.hasRemaining()) {
      return;
    }
    ByteBuffer object = read.getIfPresent(name);
    if (object == null) {
      object =
          connections
              .use(connection -> readable(connection, name))
              .map(ZdbValue::object)
              .orElseThrow(() -> new ObjectMissingException(this, name));
      read.put(name, object);
    }
    int length = destination.remaining();
    if (offsetBytes > object.capacity() - length) {
      throw new EOFException(
          this + ": object " + name + " has " + object.capacity() + " bytes, and is too short");
    }
    destination.put(object.slice((int) offsetBytes, length));
  }

  @Override
  public void list(String prefix, Listing listing) throws IOException {
    CommandArguments command = new CommandArguments(ZdbCommand.SCAN);
    while (true) {
      CommandArguments next = command;
      Optional<List<?>> page = connections.look(connection -> page(connection, next));
      if (page.isEmpty()) {
        // It also says that it has no more if it had no time.
        page = connections.look(connection -> page(connection, next));
      }
      if (page.isEmpty()) {
        return;
      }
      for (Object each : (List<?>) page.orElseThrow().get(1)) {
        List<?> entry = (List<?>) each;
        String name = new String((byte[]) entry.get(0), UTF_8);
        long length = (Long) entry.get(1) - ZdbValue.HEADER_BYTES;
        if (!name.startsWith(prefix)) {
          continue;
        }
        if (length < 0) {
          // A placeholder, which may stand before what counts.
          Optional<byte[]> value =
              connections.look(connection -> ZdbVersions.first(connection, name));
          if (value.isEmpty()) {
            continue;
          }
          length = (long) value.orElseThrow().length - ZdbValue.HEADER_BYTES;
        }
        listing.add(name, length);
      }
      command = new CommandArguments(ZdbCommand.SCAN).add((byte[]) page.orElseThrow().get(0));
    }
  }

  private static Optional<List<?>> page(Connection connection, CommandArguments command) {
    try {
      return Optional.of((List<?>) connection.executeCommand(command));
    } catch (JedisDataException e) {
      if (NO_MORE.equals(e.getMessage())) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public void delete(String name) throws IOException {
    // Before it is gone: a new connection looks for it.
    acknowledged.delete(name);
    connections.use(connection -> delete(connection, name));
    read.invalidate(name);
  }

  private static boolean delete(Connection connection, String name) {
    try {
      connection.executeCommand(new CommandArguments(ZdbCommand.DEL).add(name));
    } catch (JedisDataException e) {
      if (!ZdbVersions.MISSING.equals(e.getMessage())) {
        throw e;
      }
    }
    return true;
  }

  @Override
  public void close() {
    connections.close();
    read.invalidateAll();
  }

  @Override
  public String toString() {
    return words;
  }
}
