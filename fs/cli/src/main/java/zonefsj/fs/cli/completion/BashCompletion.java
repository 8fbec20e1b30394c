// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.completion;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import zonefsj.device.spec.DeviceKind;
import zonefsj.fs.cli.options.MountOptionWords;

/** The script for bash. */
public final class BashCompletion {
  private BashCompletion() {}

  /** The script for some subcommands and the kinds of drives. */
  public static String script(List<CompletedCommand> commands, List<DeviceKind> kinds) {
    List<MountOptionWords.Word> options = MountOptionWords.all();
    return Template.fill(
        "bash.sh",
        Map.of(
            "COMMANDS",
            commands.stream().map(BashCompletion::command).collect(Collectors.joining("\n")),
            "OPTIONS",
            optionKinds(commands),
            "MOUNT_OPTIONS",
            mountOptions(options),
            "MOUNT_OPTION_NAMES",
            typed(options),
            "LIVE_OPTION_NAMES",
            typed(MountOptionWords.live()),
            "DRIVES",
            drives(kinds),
            "KINDS",
            kinds.stream()
                .map(kind -> Template.quote(DriveWords.beginning(kind)))
                .collect(Collectors.joining(" ")),
            "WORDS",
            commands.stream().map(CompletedCommand::word).collect(Collectors.joining(" "))));
  }

  private static String command(CompletedCommand command) {
    List<String> names = new ArrayList<>();
    for (OptionSpec option : command.options()) {
      names.addAll(List.of(option.names()));
    }
    List<String> positions = new ArrayList<>();
    for (PositionalParamSpec argument : command.arguments()) {
      String kind = kind(command, argument);
      positions.add("'" + (CompletedCommand.isRepeated(argument) ? "*" : "") + kind + "'");
    }
    return "    "
        + command.word()
        + ")\n      options=("
        + String.join(" ", names)
        + ")\n      positions=("
        + String.join(" ", positions)
        + ")\n      ;;";
  }

  private static String kind(CompletedCommand command, ArgSpec argument) {
    List<String> words = new ArrayList<>(List.of(command.kind(argument).word()));
    words.addAll(ValueKind.choices(argument));
    return String.join(" ", words);
  }

  /** One line for each kind, with all options that have it. */
  private static String optionKinds(List<CompletedCommand> commands) {
    Map<String, List<String>> byKind = new LinkedHashMap<>();
    for (CompletedCommand command : commands) {
      for (OptionSpec option : command.options()) {
        if (CompletedCommand.takesValue(option)) {
          for (String name : option.names()) {
            byKind
                .computeIfAbsent(kind(command, option), kind -> new ArrayList<>())
                .add("'" + command.word() + " " + name + "'");
          }
        }
      }
    }
    return byKind.entrySet().stream()
        .map(kind -> "    " + cases(kind.getValue(), "kind='" + kind.getKey() + "'"))
        .collect(Collectors.joining("\n"));
  }

  private static String mountOptions(List<MountOptionWords.Word> options) {
    List<String> lines = new ArrayList<>();
    for (MountOptionWords.Word option : options) {
      if (option.isDirectory()) {
        lines.add("    " + cases(List.of(option.name()), "kind=" + ValueKind.DIRECTORY.word()));
      } else if (!option.choices().isEmpty()) {
        String choices = ValueKind.CHOICE.word() + " " + String.join(" ", option.choices());
        lines.add("    " + cases(List.of(option.name()), "kind='" + choices + "'"));
      }
    }
    return String.join("\n", lines);
  }

  private static String drives(List<DeviceKind> kinds) {
    String rest = "prefix+=${part%%:*}: part=${part#*:}; ";
    List<String> lines = new ArrayList<>();
    lines.add(cases(DriveWords.patterns(kinds, ValueKind.FILE), rest + "_zonefs_j_files f"));
    lines.add(cases(DriveWords.patterns(kinds, ValueKind.DIRECTORY), rest + "_zonefs_j_files d"));
    lines.add(cases(DriveWords.patterns(kinds, ValueKind.TEXT), ""));
    return lines.stream()
        .filter(line -> !line.isEmpty())
        .map(line -> "    " + line)
        .collect(Collectors.joining("\n"));
  }

  private static String cases(List<String> patterns, String action) {
    return patterns.isEmpty()
        ? ""
        : String.join(" | ", patterns) + ") " + (action.isEmpty() ? "" : action + " ") + ";;";
  }

  private static String typed(List<MountOptionWords.Word> options) {
    return options.stream().map(MountOptionWords.Word::typed).collect(Collectors.joining(" "));
  }
}
