// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * The keys of the key files with a passphrase that were opened: such a file is opened once, and
 * then no passphrase is needed for it, so that a drive can be opened again when nobody can be asked
 * any more. A key belongs to the content of its file: a file that has changed is opened anew. No
 * passphrase is kept.
 *
 * <p>Thread-safe; an open waits for another one, also while that one asks for its passphrase.
 */
final class OpenedKeys {
  private static final OpenedKeys OF_THIS_PROCESS = new OpenedKeys();

  private final Map<String, XtsKey> keys = new HashMap<>();

  /** Those of this process, until it ends. */
  static OpenedKeys ofThisProcess() {
    return OF_THIS_PROCESS;
  }

  /**
   * Gives the key of a file.
   *
   * @param source asked for the passphrase if one is needed and the file was not opened before
   * @throws IOException as {@link KeyFile#open}
   */
  synchronized XtsKey open(KeyFile file, PassphraseSource source) throws IOException {
    if (!file.needsPassphrase()) {
      return file.open(source);
    }
    XtsKey known = keys.get(file.digest());
    if (known != null) {
      return known;
    }
    XtsKey opened = file.open(source);
    keys.put(file.digest(), opened);
    return opened;
  }

  /**
   * Adds a key that another process has opened.
   *
   * @param digest of its file, as {@link KeyFile#digest}
   */
  synchronized void add(String digest, XtsKey key) {
    keys.put(digest, key);
  }
}
