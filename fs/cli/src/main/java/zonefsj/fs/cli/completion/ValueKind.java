// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.completion;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * What a value on the command line is, by its label in the help. A new label without a line here is
 * a text, which cannot be completed.
 */
enum ValueKind {
  /** Anything: a size, a number, a new label. */
  TEXT,
  FILE,
  DIRECTORY,
  /** A SPEC. */
  DRIVE,
  /** A SPEC, or a mount point. */
  DRIVE_OR_MOUNT,
  /** A mount, by its mount point or its drive. */
  MOUNT,
  MOUNT_POINT,
  /** A zone of the drive on the same line. */
  ZONE,
  /** One of some words. */
  CHOICE,
  /** Some of some words, with commas between. */
  LIST,
  MOUNT_OPTIONS,
  /** Options that a live mount can change. */
  LIVE_OPTIONS;

  private static final Map<String, ValueKind> BY_LABEL =
      Map.of(
          "FILE", FILE,
          "IMAGE", FILE,
          "DIR", DIRECTORY,
          "SPEC", DRIVE,
          "diff(TOP,SPEC)", DRIVE,
          "SPEC|DIR", MOUNT,
          "ZONE", ZONE,
          "OPTIONS", MOUNT_OPTIONS,
          "OPTION=VALUE", LIVE_OPTIONS,
          "OPTION[=VALUE]", LIVE_OPTIONS);

  /** A label that consists of the choices: {@code reset|open}. */
  private static final Pattern CHOICES = Pattern.compile("[a-z0-9-]+(\\|[a-z0-9-]+)+");

  /** The name in a script. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The kind of an option's value or of an argument.
   *
   * @param anyDrive whether the command takes a drive that is not mounted where it takes a mount
   */
  static ValueKind of(ArgSpec argument, boolean anyDrive) {
    if (!choices(argument).isEmpty()) {
      return argument.splitRegex().isEmpty() ? CHOICE : LIST;
    }
    ValueKind kind = Optional.ofNullable(BY_LABEL.get(argument.paramLabel())).orElse(TEXT);
    // A command that begins with a directory has the mount there to work on.
    if (kind == DIRECTORY
        && argument instanceof PositionalParamSpec positional
        && positional.index().min() == 0) {
      return MOUNT_POINT;
    }
    return kind == MOUNT && anyDrive ? DRIVE_OR_MOUNT : kind;
  }

  /** The words for {@link #CHOICE} and {@link #LIST}. */
  static List<String> choices(ArgSpec argument) {
    List<String> choices = new ArrayList<>();
    Iterable<String> candidates = argument.completionCandidates();
    if (candidates != null) {
      candidates.forEach(choices::add);
    } else if (CHOICES.matcher(argument.paramLabel()).matches()) {
      choices.addAll(List.of(argument.paramLabel().split("\\|")));
    }
    return choices;
  }
}
