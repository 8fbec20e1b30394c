// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The passphrase that belongs to this process: of a file, of a credential, or typed.
 *
 * @param environment the environment variables
 */
record ProcessPassphrase(Map<String, String> environment) implements PassphraseSource {
  static final String FILE_VARIABLE = "ZONEFSJ_PASSPHRASE_FILE";
  static final String CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY";
  static final String SUFFIX = ".pass";

  ProcessPassphrase {
    environment = Map.copyOf(environment);
  }

  @Override
  public char[] read(Path keyFile) throws IOException {
    String named = environment.get(FILE_VARIABLE);
    if (named != null) {
      return PrivateFile.firstLine(Path.of(named));
    }
    Path name = keyFile.toAbsolutePath().getFileName();
    Path beside = keyFile.resolveSibling(name + SUFFIX);
    if (Files.exists(beside)) {
      return PrivateFile.firstLine(beside);
    }
    String credentials = environment.get(CREDENTIALS_VARIABLE);
    if (credentials != null) {
      Path credential = Path.of(credentials).resolve(String.valueOf(name));
      if (Files.exists(credential)) {
        // The service manager decides who may read it, by means that its mode does not show.
        return PrivateFile.firstLineOfCredential(credential);
      }
    }
    char[] typed = typed(keyFile);
    if (typed == null) {
      throw new IOException(
          keyFile
              + ": its passphrase is needed, and nobody can be asked; put it into "
              + beside
              + ", or name a file with it by "
              + FILE_VARIABLE
              + ", or give the service a credential named "
              + name);
    }
    return typed;
  }

  /** From Java 22 on there is a console without a terminal, too; it then reads standard input. */
  @SuppressWarnings("SystemConsoleNull")
  private static char @Nullable [] typed(Path keyFile) {
    Console console = System.console();
    return console == null ? null : console.readPassword("Passphrase of %s: ", keyFile);
  }
}
