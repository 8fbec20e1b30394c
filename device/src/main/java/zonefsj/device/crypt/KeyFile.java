// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A file that holds the key of a drive, as it is or wrapped with a passphrase. Without the file
 * nothing on the drive can be read, whoever knows the passphrase.
 *
 * <pre>
 * zonefs-j key 1
 * id: UUID
 * kind: plain                   or  kind: passphrase
 * key: BASE64 of 64 bytes           salt: BASE64
 *                                   iterations: 600000
 *                                   wrapped: BASE64
 * check: first 8 bytes of SHA-256 over all lines above
 * </pre>
 *
 * <p>Immutable and thread-safe.
 */
public final class KeyFile {
  private static final String PLAIN = "plain";
  private static final String PASSPHRASE = "passphrase";
  private static final int MAX_ITERATIONS = 100_000_000;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path file;
  private final KeyText text;
  private final String digest;
  private final UUID id;
  private final boolean passphrase;

  private KeyFile(Path file, KeyText text, String digest) throws IOException {
    this.file = file;
    this.text = text;
    this.digest = digest;
    try {
      this.id = UUID.fromString(text.get("id"));
    } catch (IllegalArgumentException e) {
      throw KeyText.damaged(file, e);
    }
    String kind = text.get("kind");
    if (!kind.equals(PLAIN) && !kind.equals(PASSPHRASE)) {
      throw new IOException(file + ": zonefs-j does not know a key file of kind '" + kind + "'");
    }
    this.passphrase = kind.equals(PASSPHRASE);
  }

  /**
   * Makes a file with a new key, and returns when it is durable.
   *
   * @param passphrase wraps the key; null: the file holds it as it is. It is not cleared.
   * @throws IOException if the file exists
   */
  public static void create(Path file, char @Nullable [] passphrase) throws IOException {
    byte[] key = new byte[XtsKey.BYTES];
    RANDOM.nextBytes(key);
    try {
      PrivateFile.create(file, content(file, UUID.randomUUID(), key, passphrase));
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  /**
   * Reads a file.
   *
   * @throws IOException in one line if there is none, if others have access to it, or if it is
   *     damaged
   */
  public static KeyFile read(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new IOException(
          file + ": there is no such key file; 'zonefs-j key create " + file + "' makes one");
    }
    byte[] bytes = PrivateFile.read(file);
    try {
      return new KeyFile(file, KeyText.parse(file, bytes), KeyText.digest(bytes));
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /**
   * Wraps the key of a file with another passphrase; the key stays, and so does all that is
   * encrypted with it.
   *
   * @param old gives the passphrase until now; not asked if there is none
   * @param passphrase the new one; null: none. It is not cleared.
   */
  public static void rewrap(Path file, PassphraseSource old, char @Nullable [] passphrase)
      throws IOException {
    KeyFile before = read(file);
    byte[] key = before.keyBytes(old);
    try {
      PrivateFile.replace(file, content(file, before.id, key, passphrase));
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  /** The name of the key; it stays when the passphrase changes. */
  public UUID id() {
    return id;
  }

  /** SHA-256 of the whole file, in hexadecimal digits. */
  String digest() {
    return digest;
  }

  /** Whether the key is wrapped with a passphrase. */
  public boolean needsPassphrase() {
    return passphrase;
  }

  /**
   * Gives the key.
   *
   * @param source asked for the passphrase if one is needed
   * @throws IOException in one line if the passphrase is wrong
   */
  public XtsKey open(PassphraseSource source) throws IOException {
    byte[] key = keyBytes(source);
    try {
      return new XtsKey(id, key);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  private byte[] keyBytes(PassphraseSource source) throws IOException {
    if (!passphrase) {
      return text.bytes("key");
    }
    byte[] salt = text.bytes("salt");
    byte[] wrapped = text.bytes("wrapped");
    int iterations = iterations();
    if (salt.length == 0) {
      throw KeyText.damaged(file, null);
    }
    char[] given = source.read(file);
    try {
      return KeyWrap.unwrap(wrapped, given, salt, iterations)
          .orElseThrow(() -> new IOException(file + ": wrong passphrase"));
    } finally {
      Arrays.fill(given, '\0');
    }
  }

  private int iterations() throws IOException {
    try {
      int iterations = Integer.parseInt(text.get("iterations"));
      if (iterations > 0 && iterations <= MAX_ITERATIONS) {
        return iterations;
      }
    } catch (NumberFormatException e) {
      throw KeyText.damaged(file, e);
    }
    throw KeyText.damaged(file, null);
  }

  private static byte[] content(Path file, UUID id, byte[] key, char @Nullable [] passphrase)
      throws IOException {
    Base64.Encoder base64 = Base64.getEncoder();
    Map<String, String> values = new LinkedHashMap<>();
    values.put("id", id.toString());
    if (passphrase == null) {
      values.put("kind", PLAIN);
      values.put("key", base64.encodeToString(key));
    } else {
      if (passphrase.length == 0) {
        throw new IOException(file + ": the new passphrase is empty");
      }
      byte[] salt = new byte[KeyWrap.SALT_BYTES];
      RANDOM.nextBytes(salt);
      values.put("kind", PASSPHRASE);
      values.put("salt", base64.encodeToString(salt));
      values.put("iterations", Integer.toString(KeyWrap.ITERATIONS));
      values.put(
          "wrapped",
          base64.encodeToString(KeyWrap.wrap(key, passphrase, salt, KeyWrap.ITERATIONS)));
    }
    return KeyText.format(values);
  }
}
