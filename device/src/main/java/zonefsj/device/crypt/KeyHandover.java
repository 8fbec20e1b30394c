// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.spec.DeviceSpec;

/**
 * Hands keys to another process that cannot ask for their passphrases itself. The bytes are as
 * secret as the keys: they belong into a pipe between the two processes, not into arguments, the
 * environment or a file.
 *
 * <pre>
 * for each key: SHA-256 of the key file (32 bytes), its UUID (16), the key (64)
 * </pre>
 *
 * <p>Stateless and thread-safe.
 */
public final class KeyHandover {
  /** Names a file with the passphrase; the other process resolves it in its own directory. */
  public static final String FILE_VARIABLE = ProcessPassphrase.FILE_VARIABLE;

  private static final Logger LOG = LoggerFactory.getLogger(KeyHandover.class);
  private static final int DIGEST_BYTES = 32;
  private static final int UUID_BYTES = 2 * Long.BYTES;
  private static final int RECORD_BYTES = DIGEST_BYTES + UUID_BYTES + XtsKey.BYTES;
  private static final int MAX_BYTES = 1 << 20;

  private KeyHandover() {}

  /**
   * Opens the key files of a SPEC whose passphrases are in no file and no credential: asks for them
   * at the terminal. Those that cannot be read, and all if there is no terminal, are left to the
   * other process: it tells why, or can do without their drives.
   *
   * @return what the other process passes to {@link #accept}; empty if nothing was to be asked. The
   *     caller clears it.
   * @throws IOException in one line if a passphrase is wrong
   */
  public static byte[] ask(DeviceSpec spec) throws IOException {
    ProcessPassphrase source = new ProcessPassphrase(System.getenv());
    return source.canBeTyped() ? ask(spec, source, OpenedKeys.ofThisProcess()) : new byte[0];
  }

  static byte[] ask(DeviceSpec spec, ProcessPassphrase source, OpenedKeys keys) throws IOException {
    Map<String, XtsKey> opened = new LinkedHashMap<>();
    for (Path path : keyFiles(spec)) {
      KeyFile file;
      try {
        file = KeyFile.read(path);
      } catch (IOException missing) {
        LOG.debug("the key file {} cannot be read", path, missing);
        continue;
      }
      if (file.needsPassphrase() && source.mustBeTyped(path)) {
        opened.put(file.digest(), keys.open(file, source));
      }
    }
    ByteBuffer all = ByteBuffer.allocate(opened.size() * RECORD_BYTES);
    opened.forEach(
        (digest, key) -> {
          all.put(HexFormat.of().parseHex(digest));
          all.putLong(key.id().getMostSignificantBits());
          all.putLong(key.id().getLeastSignificantBits());
          byte[] bytes = key.bytes();
          all.put(bytes);
          Arrays.fill(bytes, (byte) 0);
        });
    return all.array();
  }

  /**
   * Opens all key files of a SPEC, so that its drives can then be opened without their passphrases,
   * while nobody waits for one.
   *
   * @throws IOException in one line if one cannot be opened
   */
  public static void openAll(DeviceSpec spec) throws IOException {
    for (Path path : keyFiles(spec)) {
      OpenedKeys.ofThisProcess().open(KeyFile.read(path), PassphraseSource.ofThisProcess());
    }
  }

  private static List<Path> keyFiles(DeviceSpec spec) {
    List<Path> files = new ArrayList<>();
    if (spec instanceof CryptSpec crypt) {
      files.add(crypt.keyFile());
    }
    spec.parts().forEach(part -> files.addAll(keyFiles(part)));
    return files;
  }

  /**
   * Takes what {@link #ask} has given: this process needs no passphrases for these key files.
   *
   * @throws IOException if it is not whole
   */
  public static void accept(InputStream input) throws IOException {
    accept(input, OpenedKeys.ofThisProcess());
  }

  static void accept(InputStream input, OpenedKeys keys) throws IOException {
    byte[] all = input.readNBytes(MAX_BYTES);
    try {
      if (all.length == 0 || all.length % RECORD_BYTES != 0) {
        throw new IOException("the keys of the drive did not arrive: mount again");
      }
      ByteBuffer left = ByteBuffer.wrap(all);
      while (left.hasRemaining()) {
        byte[] digest = new byte[DIGEST_BYTES];
        left.get(digest);
        UUID id = new UUID(left.getLong(), left.getLong());
        byte[] bytes = new byte[XtsKey.BYTES];
        left.get(bytes);
        try {
          keys.add(HexFormat.of().formatHex(digest), new XtsKey(id, bytes));
        } finally {
          Arrays.fill(bytes, (byte) 0);
        }
      }
    } finally {
      Arrays.fill(all, (byte) 0);
    }
  }
}
