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
    Path beside = beside(keyFile);
    if (Files.exists(beside)) {
      return PrivateFile.firstLine(beside);
    }
    Path credential = credential(keyFile);
    if (credential != null) {
      // The service manager decides who may read it, by means that its mode does not show.
      return PrivateFile.firstLineOfCredential(credential);
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
              + name(keyFile));
    }
    return typed;
  }

  /** Whether no file and no credential holds the passphrase. */
  boolean mustBeTyped(Path keyFile) {
    return !environment.containsKey(FILE_VARIABLE)
        && !Files.exists(beside(keyFile))
        && credential(keyFile) == null;
  }

  /** Whether there is somebody who can type one. */
  boolean canBeTyped() {
    return terminal() != null;
  }

  private static String name(Path keyFile) {
    return String.valueOf(keyFile.toAbsolutePath().getFileName());
  }

  private static Path beside(Path keyFile) {
    return keyFile.resolveSibling(name(keyFile) + SUFFIX);
  }

  private @Nullable Path credential(Path keyFile) {
    String credentials = environment.get(CREDENTIALS_VARIABLE);
    if (credentials == null) {
      return null;
    }
    Path credential = Path.of(credentials).resolve(name(keyFile));
    return Files.exists(credential) ? credential : null;
  }

  private static char @Nullable [] typed(Path keyFile) {
    Console terminal = terminal();
    return terminal == null ? null : terminal.readPassword("Passphrase of %s: ", keyFile);
  }

  /**
   * From Java 22 on there can be a console without a terminal, which reads what is meant for
   * others.
   */
  @SuppressWarnings("SystemConsoleNull")
  private static @Nullable Console terminal() {
    Console console = System.console();
    if (console == null) {
      return null;
    }
    try {
      Object isTerminal = Console.class.getMethod("isTerminal").invoke(console);
      return Boolean.FALSE.equals(isTerminal) ? null : console;
    } catch (ReflectiveOperationException olderJava) {
      return console;
    }
  }
}
