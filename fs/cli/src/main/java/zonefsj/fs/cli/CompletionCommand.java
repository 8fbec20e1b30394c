// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import zonefsj.device.spec.DeviceKinds;
import zonefsj.device.spec.DeviceLookup.Tag;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.completion.BashCompletion;
import zonefsj.fs.cli.completion.CompletedCommand;
import zonefsj.fs.cli.completion.ZshCompletion;
import zonefsj.fs.cli.drive.KnownWords;
import zonefsj.fs.cli.options.UsageError;

/**
 * Prints the script by which a shell completes the words of the command, and the words that the
 * script cannot know. Those are printed for a shell that waits for a key: what cannot be found out
 * is left out without an error.
 */
@Command
final class CompletionCommand extends Subcommand {
  private static final String MOUNTED = "mounted";

  @Parameters(
      index = "0",
      paramLabel = "bash|zsh|labels|uuids|zones",
      description =
          "bash, zsh: prints the script for this shell. labels, uuids: prints those of all drives"
              + " that can be read; with 'mounted', of the mounted ones. zones: prints zones of a"
              + " drive.")
  private @Nullable String what;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "WORD",
      description =
          "labels, uuids: 'mounted'. zones: a SPEC; what is to be done with the zone, which leaves"
              + " out others; the first digits.")
  private List<String> words = new ArrayList<>();

  CompletionCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws UsageError {
    String wanted = RequiredArgument.of(what);
    switch (wanted) {
      case "bash" -> console().out().print(BashCompletion.script(commands(), DeviceKinds.all()));
      case "zsh" -> console().out().print(ZshCompletion.script(commands(), DeviceKinds.all()));
      case "labels" -> print(() -> KnownWords.of(Tag.LABEL, word(0).equals(MOUNTED)));
      case "uuids" -> print(() -> KnownWords.of(Tag.UUID, word(0).equals(MOUNTED)));
      case "zones" -> print(() -> KnownWords.zones(word(0), word(1), word(2)));
      default ->
          throw new UsageError(
              "'" + wanted + "' is not known: give bash, zsh, labels, uuids or zones");
    }
    return OK;
  }

  private List<CompletedCommand> commands() {
    return SubcommandTable.shown().stream()
        .map(
            command ->
                new CompletedCommand(
                    command.word(),
                    new Invocation(console(), command).spec(),
                    command.takesAnyDrive()))
        .toList();
  }

  /** The word at an index behind the first; empty if there is none. */
  private String word(int index) {
    return index < words.size() ? words.get(index) : "";
  }

  /** Finds words. */
  @FunctionalInterface
  private interface Search {
    List<String> run() throws IOException, UsageError;
  }

  private void print(Search search) {
    try {
      search.run().forEach(console()::print);
    } catch (IOException | UsageError | RuntimeException unknown) {
      // The command that is being typed will say it.
    }
  }
}
