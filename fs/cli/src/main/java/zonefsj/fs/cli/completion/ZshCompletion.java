// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.completion;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import zonefsj.device.spec.DeviceKind;
import zonefsj.fs.cli.options.MountOptionWords;

/** The script for zsh. */
public final class ZshCompletion {
  private ZshCompletion() {}

  /** The script for some subcommands and the kinds of drives. */
  public static String script(List<CompletedCommand> commands, List<DeviceKind> kinds) {
    return Template.fill(
        "zsh.sh",
        Map.of(
            "SUMMARIES",
            commands.stream()
                .map(command -> "    " + quoted(command.word() + ":" + command.summary()))
                .collect(Collectors.joining("\n")),
            "KINDS",
            kinds.stream()
                .map(
                    kind ->
                        "    "
                            + quoted(
                                DriveWords.beginning(kind).replace(":", "\\:")
                                    + ":"
                                    + kind.meaning()))
                .collect(Collectors.joining("\n")),
            "DRIVES",
            drives(kinds),
            "MOUNT_OPTIONS",
            mountOptions(MountOptionWords.all()),
            "LIVE_OPTIONS",
            mountOptions(MountOptionWords.live()),
            "NAMES",
            commands.stream().map(CompletedCommand::word).collect(Collectors.joining("|")),
            "COMMANDS",
            commands.stream().map(ZshCompletion::command).collect(Collectors.joining("\n"))));
  }

  private static String command(CompletedCommand command) {
    List<String> words = new ArrayList<>();
    for (OptionSpec option : command.options()) {
      words.add(option(command, option));
    }
    int position = 0;
    for (PositionalParamSpec argument : command.arguments()) {
      position++;
      String which =
          CompletedCommand.isRepeated(argument)
              ? "*:"
              : position + (argument.arity().min() == 0 ? "::" : ":");
      words.add(quoted(which + label(argument) + ":" + action(command, argument)));
    }
    return "    "
        + command.word()
        + ")\n      _arguments -S \\\n        "
        + String.join(" \\\n        ", words)
        + " && ret=0\n      ;;";
  }

  private static String option(CompletedCommand command, OptionSpec option) {
    String text = "[" + escaped(CompletedCommand.firstSentence(option.description())) + "]";
    if (option.usageHelp()) {
      return "'(- *)'{" + String.join(",", option.names()) + "}" + quoted(text);
    }
    List<String> specs = new ArrayList<>();
    for (String name : option.names()) {
      if (!CompletedCommand.takesValue(option)) {
        specs.add(quoted(name + text));
        continue;
      }
      String repeated =
          switch (command.kind(option)) {
            case LIST, MOUNT_OPTIONS, LIVE_OPTIONS -> "*";
            default -> "";
          };
      String value = ":" + label(option) + ":" + action(command, option);
      specs.add(quoted(repeated + name + (name.startsWith("--") ? "=" : "+") + text + value));
    }
    return String.join(" ", specs);
  }

  private static String action(CompletedCommand command, ArgSpec argument) {
    String choices = String.join(" ", ValueKind.choices(argument));
    return switch (command.kind(argument)) {
      case TEXT -> " ";
      case FILE -> "_files";
      case DIRECTORY -> "_files -/";
      case DRIVE -> "_zonefs-j_drives";
      case DRIVE_OR_MOUNT -> " _zonefs-j_mounts any";
      case MOUNT -> " _zonefs-j_mounts";
      case MOUNT_POINT -> " _zonefs-j_mount_points";
      case ZONE -> zones(command);
      case CHOICE -> "(" + choices + ")";
      case LIST -> " _values -s , " + label(argument) + " " + choices;
      case MOUNT_OPTIONS -> " _zonefs-j_mount_options";
      case LIVE_OPTIONS ->
          " _zonefs-j_live_options" + (argument.splitRegex().isEmpty() ? "" : " -s ,");
    };
  }

  /** The drive is an argument; one before it says what is done to the zones. */
  private static String zones(CompletedCommand command) {
    int position = 0;
    boolean acts = false;
    for (PositionalParamSpec argument : command.arguments()) {
      position++;
      switch (command.kind(argument)) {
        case CHOICE -> acts = true;
        case DRIVE, DRIVE_OR_MOUNT -> {
          return acts
              ? " _zonefs-j_action_zones \"$line[1]\" \"$line[" + position + "]\""
              : " _zonefs-j_zones \"$line[" + position + "]\" " + command.word();
        }
        default -> {}
      }
    }
    return " ";
  }

  private static String mountOptions(List<MountOptionWords.Word> options) {
    return options.stream()
        .map(option -> "    " + quoted(mountOption(option)))
        .collect(Collectors.joining(" \\\n"));
  }

  private static String mountOption(MountOptionWords.Word option) {
    if (!option.valued()) {
      return option.name();
    }
    String action =
        option.isDirectory()
            ? "_files -/"
            : option.choices().isEmpty() ? " " : "(" + String.join(" ", option.choices()) + ")";
    return option.name() + ":" + option.name() + ":" + action;
  }

  private static String drives(List<DeviceKind> kinds) {
    List<String> lines = new ArrayList<>();
    String rest = "compset -P '[a-z0-9]##:'; ";
    lines.add(cases(DriveWords.patterns(kinds, ValueKind.FILE), rest + "_files"));
    lines.add(cases(DriveWords.patterns(kinds, ValueKind.DIRECTORY), rest + "_files -/"));
    lines.add(
        cases(DriveWords.patterns(kinds, ValueKind.TEXT), "_message 'description of a drive'"));
    return lines.stream()
        .filter(line -> !line.isEmpty())
        .map(line -> "    " + line)
        .collect(Collectors.joining("\n"));
  }

  private static String cases(List<String> patterns, String action) {
    return patterns.isEmpty() ? "" : String.join("|", patterns) + ") " + action + " ;;";
  }

  private static String label(ArgSpec argument) {
    return escaped(argument.paramLabel());
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:");
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
