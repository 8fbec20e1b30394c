// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;
import zonefsj.device.spec.NearestName;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.Size;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.ErrorLine;
import zonefsj.fs.cli.terminal.PlainLine;

/**
 * One run of one subcommand: takes arguments, returns the exit code, and prints each failure on one
 * line.
 */
final class Invocation {
  private static final int HELP_WIDTH = 100;

  private final Console console;
  private final SubcommandTable command;
  private final CommandLine commandLine;
  private final Subcommand subcommand;

  Invocation(Console console, SubcommandTable command) {
    this.console = console;
    this.command = command;
    this.subcommand = command.make(console);
    this.commandLine = new CommandLine(subcommand);
    CommandSpec spec = commandLine.getCommandSpec();
    spec.name("zonefs-j " + command.word());
    spec.usageMessage()
        .description(command.description())
        .width(HELP_WIDTH)
        .footerHeading("Examples:%n")
        .footer(footer(command));
    spec.addOption(
        OptionSpec.builder("-h", "--help").usageHelp(true).description("Shows this help.").build());
    commandLine
        // A file name may begin with an @.
        .setExpandAtFiles(false)
        .setInterpolateVariables(false)
        .registerConverter(Size.class, Size::parse)
        .setParameterExceptionHandler((failure, arguments) -> wrongUsage(failure))
        .setExecutionExceptionHandler((failure, line, result) -> failed(failure));
  }

  /** The examples, and where there is more. */
  private static String[] footer(SubcommandTable command) {
    List<String> lines = new ArrayList<>();
    for (String example : CommandExamples.of(command.word())) {
      lines.add(("  zonefs-j " + command.word() + " " + example).stripTrailing());
    }
    CommandGroup.of(command).ifPresent(group -> lines.add("Manual: man " + group.page()));
    return lines.toArray(String[]::new);
  }

  /** The description of the command. */
  CommandSpec spec() {
    return commandLine.getCommandSpec();
  }

  int run(List<String> arguments) {
    commandLine.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
    return commandLine.execute(arguments.toArray(String[]::new));
  }

  private int wrongUsage(ParameterException failure) {
    List<String> unmatched = commandLine.getUnmatchedArguments();
    // A mistyped option may be the required one. A message that the required option is missing
    // would then mislead.
    Optional<String> option = unmatched.stream().filter(each -> each.startsWith("-")).findFirst();
    if (option.isPresent()) {
      return usage(unknownOption(option.orElseThrow()));
    }
    return usage(
        failure instanceof UnmatchedArgumentException
            ? "'" + unmatched.get(0) + "' is one argument too many"
            : decapitalized(String.valueOf(failure.getMessage())));
  }

  private int usage(String words) {
    console.err().println(ErrorLine.of(words + " (see 'zonefs-j " + command.word() + " --help')"));
    return commandLine.getCommandSpec().exitCodeOnInvalidInput();
  }

  private String unknownOption(String argument) {
    String name = argument.contains("=") ? argument.substring(0, argument.indexOf('=')) : argument;
    List<String> known = new ArrayList<>();
    for (OptionSpec option : commandLine.getCommandSpec().options()) {
      if (!option.hidden()) {
        known.addAll(List.of(option.names()));
      }
    }
    return "unknown option '"
        + name
        + "', the nearest known one is '"
        + NearestName.of(name, known).orElseThrow()
        + "'";
  }

  private static String decapitalized(String text) {
    return text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }

  private int failed(Exception failure) {
    if (failure instanceof UsageError) {
      return usage(ErrorLine.words(failure));
    }
    if (failure instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    console.err().println(ErrorLine.of(ErrorLine.words(failure)));
    if (subcommand.isVerbose()) {
      console.err().print(PlainLine.trace(failure));
    }
    return commandLine.getCommandSpec().exitCodeOnExecutionException();
  }
}
