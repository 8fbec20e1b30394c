// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.completion;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A subcommand to complete.
 *
 * @param word its name
 * @param spec its options and arguments
 * @param anyDrive whether it takes a drive that is not mounted where it takes a mount
 */
public record CompletedCommand(String word, CommandSpec spec, boolean anyDrive) {

  /** One line that says what it does. */
  String summary() {
    return firstSentence(spec.usageMessage().description());
  }

  /** The options that the help shows. */
  List<OptionSpec> options() {
    return spec.options().stream().filter(option -> !option.hidden()).toList();
  }

  /** The arguments, from left to right. */
  List<PositionalParamSpec> arguments() {
    List<PositionalParamSpec> arguments = new ArrayList<>(spec.positionalParameters());
    arguments.sort(Comparator.comparing(argument -> argument.index().min()));
    return arguments;
  }

  ValueKind kind(ArgSpec argument) {
    return ValueKind.of(argument, anyDrive);
  }

  static boolean takesValue(OptionSpec option) {
    return option.arity().max() > 0;
  }

  /** Whether an argument stands for all the rest. */
  static boolean isRepeated(PositionalParamSpec argument) {
    return argument.index().isVariable() || argument.index().max() > argument.index().min();
  }

  /** The first sentence of a description, without its full stop. */
  static String firstSentence(String[] description) {
    String text = String.join(" ", description).replaceAll("\\s+", " ").strip();
    int end = text.indexOf(". ");
    return end >= 0 ? text.substring(0, end) : text.replaceFirst("[.:]$", "");
  }
}
