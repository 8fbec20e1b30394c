// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.crypt.KeyFile;
import zonefsj.device.crypt.PassphraseSource;
import zonefsj.device.spec.NearestName;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.options.UsageError;

/** Makes the key files of encrypted drives, and changes their passphrases. */
@Command
final class KeyCommand extends Subcommand {
  private static final String CREATE = "create";
  private static final String CHANGE = "change";

  @Parameters(
      index = "0",
      paramLabel = "create|change",
      description =
          "Action. 'create' makes a file with a new key; 'change' gives it another passphrase and"
              + " leaves the key, and so the data, as it is.")
  private @Nullable String action;

  @Parameters(
      index = "1",
      paramLabel = "FILE",
      description = "Key file. Keep a copy: without it, nothing on the drive can be read.")
  private @Nullable String file;

  @Option(
      names = "--passphrase",
      description = "With create: asks for a passphrase. Without it, the file is of no use.")
  private boolean passphrase;

  @Option(
      names = "--no-passphrase",
      description = "With change: takes the passphrase away; the file alone then opens the drive.")
  private boolean noPassphrase;

  @Option(
      names = "--old-passphrase-file",
      paramLabel = "FILE",
      description =
          "With change: the current passphrase is the first line of this file. Default: as for a"
              + " mount.")
  private @Nullable Path oldFile;

  @Option(
      names = "--new-passphrase-file",
      paramLabel = "FILE",
      description = "The new passphrase is the first line of this file. Default: asks for it.")
  private @Nullable Path newFile;

  KeyCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    String word = RequiredArgument.of(action);
    Path path = Path.of(RequiredArgument.of(file));
    switch (word) {
      case CREATE -> create(path);
      case CHANGE -> change(path);
      default ->
          throw new UsageError(
              "'"
                  + word
                  + "' cannot be done to a key, the nearest that can is '"
                  + NearestName.of(word, List.of(CREATE, CHANGE)).orElseThrow()
                  + "'");
    }
    KeyFile made = KeyFile.read(path);
    console()
        .print(
            "key "
                + made.id()
                + (made.needsPassphrase() ? ", with a passphrase" : ", without a passphrase"));
    return OK;
  }

  private void create(Path path) throws IOException, UsageError {
    if (noPassphrase || oldFile != null) {
      throw new UsageError("a new key has no passphrase to change or to take away");
    }
    char[] chosen = passphrase || newFile != null ? newPassphrase(path) : null;
    try {
      KeyFile.create(path, chosen);
    } finally {
      clear(chosen);
    }
  }

  private void change(Path path) throws IOException, UsageError {
    if (passphrase) {
      throw new UsageError("--passphrase is for a new key; 'change' asks for one anyway");
    }
    if (noPassphrase && newFile != null) {
      throw new UsageError("give one of --no-passphrase and --new-passphrase-file");
    }
    KeyFile before = KeyFile.read(path);
    PassphraseSource old =
        oldFile == null ? PassphraseSource.ofThisProcess() : PassphraseSource.ofFile(oldFile);
    char[] until = before.needsPassphrase() ? old.read(path) : new char[0];
    char[] chosen = null;
    try {
      chosen = noPassphrase ? null : newPassphrase(path);
      // It is asked for first, so that the questions come in the order that everybody knows.
      KeyFile.rewrap(path, asked -> until.clone(), chosen);
    } finally {
      clear(until);
      clear(chosen);
    }
  }

  private char[] newPassphrase(Path path) throws IOException, UsageError {
    if (newFile != null) {
      return PassphraseSource.ofFile(newFile).read(path);
    }
    char[] first = ask("New passphrase of %s: ", path);
    char[] second = ask("Once more: ");
    try {
      if (first == null || second == null) {
        throw new UsageError("nobody can be asked here; give --new-passphrase-file FILE");
      }
      if (!Arrays.equals(first, second)) {
        throw new UsageError("the two passphrases are different; nothing was changed");
      }
      return first.clone();
    } finally {
      clear(first);
      clear(second);
    }
  }

  /** From Java 22 on there is a console without a terminal, too; it then reads standard input. */
  @SuppressWarnings("SystemConsoleNull")
  private static char @Nullable [] ask(String question, Object... details) {
    java.io.Console terminal = System.console();
    return terminal == null ? null : terminal.readPassword(question, details);
  }

  private static void clear(char @Nullable [] secret) {
    if (secret != null) {
      Arrays.fill(secret, '\0');
    }
  }
}
