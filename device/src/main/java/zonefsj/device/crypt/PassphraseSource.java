// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.io.IOException;
import java.nio.file.Path;

/** Where the passphrase of a key file comes from. Thread-safe. */
@FunctionalInterface
public interface PassphraseSource {
  /**
   * Gives the passphrase; the caller clears it after use.
   *
   * @throws IOException with a one-line message for the user if there is none
   */
  char[] read(Path keyFile) throws IOException;

  /**
   * What is asked when nobody says where to look: the file that the environment variable {@code
   * ZONEFSJ_PASSPHRASE_FILE} names, else {@code KEYFILE.pass} beside the key file, else the
   * system's credential with the name of the key file, else the terminal.
   */
  static PassphraseSource ofThisProcess() {
    return new ProcessPassphrase(System.getenv());
  }

  /** The first line of a file, which only its owner may read. */
  static PassphraseSource ofFile(Path file) {
    return keyFile -> PrivateFile.firstLine(file);
  }
}
