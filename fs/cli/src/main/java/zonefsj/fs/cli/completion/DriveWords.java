// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.completion;

import java.util.ArrayList;
import java.util.List;
import zonefsj.device.spec.DeviceKind;

/** How the kinds of drives are typed. */
final class DriveWords {
  private DriveWords() {}

  /** The beginning of a SPEC of a kind: {@code mem:}, {@code mirror(}. */
  static String beginning(DeviceKind kind) {
    return switch (kind.form()) {
      case PARENTHESES, SPEC -> kind.name() + "(";
      case WORD, WORD_AND_OPTIONS, OPTIONS -> kind.name() + ":";
    };
  }

  /** What follows {@code KIND:} of kinds with a colon. */
  static ValueKind afterColon(DeviceKind kind) {
    String syntax = kind.syntax();
    if (syntax.startsWith(kind.name() + ":DIR")) {
      return ValueKind.DIRECTORY;
    }
    return syntax.startsWith(kind.name() + ":PATH") ? ValueKind.FILE : ValueKind.TEXT;
  }

  /** The patterns {@code KIND:*} of kinds whose word after the colon is of a kind. */
  static List<String> patterns(List<DeviceKind> kinds, ValueKind wanted) {
    List<String> patterns = new ArrayList<>();
    for (DeviceKind kind : kinds) {
      if (beginning(kind).endsWith(":") && afterColon(kind) == wanted) {
        patterns.add(kind.name() + ":*");
      }
    }
    return patterns;
  }
}
