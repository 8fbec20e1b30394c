// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.exceptions.JedisDataException;
import zonefsj.device.ByteSize;
import zonefsj.stores.StoreRefusedException;
import zonefsj.stores.StoreUnavailableException;
import zonefsj.stores.resp.PasswordFile;
import zonefsj.stores.resp.RespEntry;

/** Enters a namespace, and looks whether it can hold a drive. Thread-safe. */
class ZdbEntry implements RespEntry {
  private static final List<String> NEVER =
      List.of(
          "Namespace not found",
          "Namespace protected and private",
          "Namespace is in read-only mode",
          "Namespace is protected by worm mode",
          "Namespace too long",
          "Access denied",
          "Authentication disabled",
          "Permission denied",
          "Key too large");
  private static final List<String> NOT_NOW =
      List.of(
          "No space left on this namespace",
          "Namespace is temporarily",
          // Then nothing is in the index.
          "Cannot write data right now");

  /** A data file, of 256 MiB by default, is made as a whole. */
  private static final long ROOM_BYTES = 512L << 20;

  private static final long LOOK_NANOS = 1_000_000_000L;

  private final AtomicLong lookedNanos = new AtomicLong(System.nanoTime() - LOOK_NANOS);
  private final String store;
  private final String namespace;
  private final Optional<PasswordFile> password;
  private final boolean readOnly;

  /**
   * @param store what it is called
   * @param readOnly whether nothing is put
   */
  ZdbEntry(String store, String namespace, Optional<PasswordFile> password, boolean readOnly) {
    this.store = store;
    this.namespace = namespace;
    this.password = password;
    this.readOnly = readOnly;
  }

  @Override
  public void enter(Connection connection) throws IOException {
    try {
      connection.executeCommand(select(connection));
    } catch (JedisDataException e) {
      throw new StoreRefusedException(
          store
              + " cannot be entered: "
              + e.getMessage()
              + "; "
              + remedy(String.valueOf(e.getMessage())),
          e);
    }
    String info = info(connection);
    require(info, "mode", "userkey");
    if (!readOnly) {
      require(info, "worm", "no");
    }
  }

  private String remedy(String refusal) {
    if (refusal.contains("not found")) {
      return "NSNEW makes a namespace";
    }
    return password.isEmpty()
        ? "if it has a password, give password-file=PATH"
        : "is its password the first line of the password-file?";
  }

  private String info(Connection connection) {
    return text(connection.executeCommand(command(ZdbCommand.NSINFO).add(namespace)));
  }

  /**
   * Looks, every second, whether the disk of the server has room: it does not survive a full one
   * (what it has written of an entry of its index stays there, and hides the next ones).
   */
  void requireRoom(Connection connection) throws StoreUnavailableException {
    long now = System.nanoTime();
    long last = lookedNanos.get();
    if (now - last < LOOK_NANOS || !lookedNanos.compareAndSet(last, now)) {
      return;
    }
    boolean room = false;
    try {
      String info = info(connection);
      for (String disk : List.of("data", "index")) {
        long free = number(info, disk + "_disk_freespace_bytes");
        if (free < ROOM_BYTES) {
          throw new StoreUnavailableException(
              store
                  + " has only "
                  + ByteSize.approximate(free)
                  + " left on its disk, and needs "
                  + ByteSize.approximate(ROOM_BYTES),
              null);
        }
      }
      room = true;
    } finally {
      if (!room) {
        // The next one looks, too.
        lookedNanos.set(now - LOOK_NANOS);
      }
    }
  }

  /** The number in a line; as much as there can be if the server does not say. */
  private static long number(String info, String name) {
    return info.lines()
        .filter(line -> line.startsWith(name + ": "))
        .mapToLong(line -> Long.parseLong(line.substring(name.length() + 2).strip()))
        .findFirst()
        .orElse(Long.MAX_VALUE);
  }

  private CommandArguments select(Connection connection) throws IOException {
    CommandArguments select = command(ZdbCommand.SELECT).add(namespace);
    if (password.isEmpty()) {
      return select;
    }
    // The password does not go over the network.
    String challenge =
        text(connection.executeCommand(command(ZdbCommand.AUTH).add("SECURE").add("CHALLENGE")));
    return select.add("SECURE").add(hash(challenge + ":" + password.orElseThrow().read()));
  }

  private static CommandArguments command(ZdbCommand command) {
    return new CommandArguments(command);
  }

  /** What the server compares (libzdb/security.c). */
  private static String hash(String text) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-1").digest(text.getBytes(UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has it", e);
    }
  }

  private void require(String info, String name, String value) throws StoreRefusedException {
    String line = name + ": " + value;
    if (info.lines().map(String::strip).noneMatch(line::equals)) {
      throw new StoreRefusedException(store + " needs a namespace with '" + line + "'", null);
    }
  }

  private static String text(Object answer) {
    return new String((byte[]) answer, UTF_8);
  }

  @Override
  public Meaning meaning(String error) {
    if (NEVER.stream().anyMatch(error::startsWith)) {
      return Meaning.NEVER;
    }
    return NOT_NOW.stream().anyMatch(error::startsWith) ? Meaning.NOT_NOW : Meaning.UNKNOWN;
  }
}
