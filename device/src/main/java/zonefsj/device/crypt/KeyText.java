// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The text of a key file: a first line that tells the format, lines {@code name: value}, and a last
 * line that checks all before it. Immutable.
 */
final class KeyText {
  static final String FIRST_LINE = "zonefs-j key 1";

  private static final String FAMILY = "zonefs-j key ";
  private static final String CHECK = "check";
  private static final String SEPARATOR = ": ";
  private static final int CHECK_BYTES = 8;

  private final Path file;
  private final Map<String, String> values;

  private KeyText(Path file, Map<String, String> values) {
    this.file = file;
    this.values = values;
  }

  /** Makes the bytes of a file of these values, in their order. */
  static byte[] format(Map<String, String> values) {
    StringBuilder text = new StringBuilder(FIRST_LINE).append('\n');
    values.forEach((name, value) -> text.append(name).append(SEPARATOR).append(value).append('\n'));
    String check = check(text.toString());
    text.append(CHECK).append(SEPARATOR).append(check).append('\n');
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Parses what {@link #format} made. */
  static KeyText parse(Path file, byte[] bytes) throws IOException {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    if (!text.startsWith(FIRST_LINE + "\n")) {
      throw new IOException(
          text.startsWith(FAMILY)
              ? file + ": a newer zonefs-j made this key file; this one cannot read it"
              : file + ": this is no key file; 'zonefs-j key create FILE' makes one");
    }
    int at = text.lastIndexOf("\n" + CHECK + SEPARATOR) + 1;
    if (at == 0
        || !text.substring(at).equals(CHECK + SEPARATOR + check(text.substring(0, at)) + "\n")) {
      throw damaged(file, null);
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (String line : text.substring(FIRST_LINE.length() + 1, at).lines().toList()) {
      int colon = line.indexOf(SEPARATOR);
      if (colon < 0) {
        throw damaged(file, null);
      }
      values.put(line.substring(0, colon), line.substring(colon + SEPARATOR.length()));
    }
    return new KeyText(file, values);
  }

  String get(String name) throws IOException {
    String value = values.get(name);
    if (value == null) {
      throw new IOException(file + ": the key file has no line '" + name + ":'");
    }
    return value;
  }

  byte[] bytes(String name) throws IOException {
    try {
      return Base64.getDecoder().decode(get(name));
    } catch (IllegalArgumentException e) {
      throw damaged(file, e);
    }
  }

  static IOException damaged(Path file, @Nullable Throwable cause) {
    return new IOException(
        file + ": the key file is damaged; put a copy of it in its place", cause);
  }

  private static String check(String text) {
    byte[] hash = sha256(text.getBytes(StandardCharsets.ISO_8859_1));
    return HexFormat.of().formatHex(Arrays.copyOf(hash, CHECK_BYTES));
  }

  /** SHA-256 in hexadecimal digits. */
  static String digest(byte[] bytes) {
    return HexFormat.of().formatHex(sha256(bytes));
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }
}
