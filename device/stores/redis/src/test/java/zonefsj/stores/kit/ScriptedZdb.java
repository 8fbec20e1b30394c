// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.kit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A namespace of 0-db 2.0.7 in memory, with what is odd about it: {@code SET} answers the key, or
 * nothing if the value is there, all versions of a key are kept, and {@code HISTORY} cannot read a
 * version that was the first of its key, unless it is in the first file (zdbd/commands_set.c,
 * zdbd/commands_history.c, zdbd/commands_scan.c). Thread-safe.
 */
public final class ScriptedZdb implements ScriptedServer.Script {
  private static final int VERSIONS_OF_A_FILE = 100;
  private static final String MISSING = "-Key not found\r\n";
  private static final String NOTHING = "$-1\r\n";

  /** A value of a key; null as parent for the first one. */
  private record Version(String value, int number, Optional<Version> parent) {
    /** As in an answer of HISTORY. */
    String position() {
      return latin(
          ByteBuffer.allocate(8)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt(number / VERSIONS_OF_A_FILE)
              .putInt(number % VERSIONS_OF_A_FILE + 1));
    }

    /** As in an answer of KEYCUR. */
    String cursor(String key) {
      return latin(
          ByteBuffer.allocate(17)
              .order(ByteOrder.LITTLE_ENDIAN)
              .put((byte) key.length())
              .putInt(number / VERSIONS_OF_A_FILE)
              .putInt(value.length())
              .putInt(number % VERSIONS_OF_A_FILE + 1)
              .putInt(value.hashCode()));
    }

    private static String latin(ByteBuffer bytes) {
      return ISO_8859_1.decode(bytes.flip()).toString();
    }
  }

  /** Guarded by this object's monitor, as the next two. */
  private final Map<String, Version> newest = new LinkedHashMap<>();

  private final Map<String, Version> byPosition = new HashMap<>();
  private int versions;

  @Override
  public synchronized Optional<String> answer(List<String> words) {
    String key = words.size() > 1 ? words.get(1) : "";
    Optional<Version> version = Optional.ofNullable(newest.get(key));
    return Optional.of(
        switch (words.get(0)) {
          case "SELECT" -> "+OK\r\n";
          case "NSINFO" -> bulk("# namespace\nname: default\nworm: no\nmode: userkey\n");
          case "SET" -> set(key, words.get(2), version);
          case "GET" -> version.map(one -> bulk(one.value())).orElse(NOTHING);
          case "LENGTH" -> version.map(one -> ":" + one.value().length() + "\r\n").orElse(NOTHING);
          case "DEL" -> newest.remove(key) == null ? MISSING : "+OK\r\n";
          case "KEYCUR" -> version.map(one -> bulk(one.cursor(key))).orElse(MISSING);
          case "HISTORY" ->
              (words.size() == 2 ? version : Optional.ofNullable(byPosition.get(words.get(2))))
                  .map(ScriptedZdb::history)
                  .orElse(MISSING);
          case "SCAN" -> words.size() == 1 ? scan() : "-No more data\r\n";
          default -> "-Command not supported\r\n";
        });
  }

  private String set(String key, String value, Optional<Version> before) {
    if (before.isPresent() && before.orElseThrow().value().equals(value)) {
      return NOTHING;
    }
    Version version = new Version(value, versions++, before);
    newest.put(key, version);
    byPosition.put(version.position(), version);
    return bulk(key);
  }

  private static String history(Version version) {
    if (version.parent().isEmpty() && version.number() >= VERSIONS_OF_A_FILE) {
      // In the first file there is something else at this offset, or nothing.
      return version.number() % 2 == 0
          ? "-Internal Error\r\n"
          : "*3\r\n" + NOTHING + bulk("1") + bulk("?");
    }
    return "*3\r\n"
        + version.parent().map(one -> bulk(one.position())).orElse(NOTHING)
        + bulk("1")
        + bulk(version.value());
  }

  private String scan() {
    if (newest.isEmpty()) {
      return "-No more data\r\n";
    }
    List<String> entries = new ArrayList<>();
    newest.forEach(
        (key, version) ->
            entries.add("*3\r\n" + bulk(key) + ":" + version.value().length() + "\r\n:1\r\n"));
    return "*2\r\n" + bulk("cursor") + "*" + entries.size() + "\r\n" + String.join("", entries);
  }

  private static String bulk(String text) {
    return "$" + text.length() + "\r\n" + text + "\r\n";
  }
}
