// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.cli.Commands.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import zonefsj.fs.cli.options.MountOptionParser;

/** The manual page names all that the code knows, and nothing that it does not. */
final class ManualTest {
  private static final Pattern LONG_OPTION = Pattern.compile("--[a-z][a-z-]*");
  private static final Pattern COMMAND_IN_HELP = Pattern.compile("(?m)^  ([a-z]+) .*");

  private static String manual() throws IOException {
    for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
      Path page = path.resolve("mount-scripts/zonefs-j.8");
      if (Files.exists(page)) {
        return Files.readString(page).replace("\\-", "-").replaceAll("\\\\f[BIR]", "");
      }
    }
    throw new IllegalStateException("no mount-scripts/zonefs-j.8 here or above");
  }

  private static List<String> commands() {
    return COMMAND_IN_HELP
        .matcher(run("--help").ok())
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  private static Set<String> longOptions(String text) {
    return new TreeSet<>(LONG_OPTION.matcher(text).results().map(MatchResult::group).toList());
  }

  /** What is said of a command: from its heading to the next one. */
  private static String section(String manual, String command) {
    String heading = "\n.TP\n" + command + " ";
    int begin = manual.indexOf(heading);
    assertThat(begin).as("a paragraph about %s", command).isNotNegative();
    int inside = begin + heading.length();
    int end = manual.indexOf("\n.S", inside);
    for (String other : commands()) {
      int next = manual.indexOf("\n.TP\n" + other + " ", inside);
      end = next < 0 ? end : Math.min(end, next);
    }
    return manual.substring(begin, end);
  }

  @Test
  void everyCommandIsExplainedWithItsOptionsAndNoOthers() throws IOException {
    String manual = manual();
    assertThat(commands()).hasSizeGreaterThan(15).contains("bench", "mount");
    for (String command : commands()) {
      Set<String> known = longOptions(run(command, "--help").ok());
      Set<String> told = longOptions(section(manual, command));
      assertThat(known).as("options of %s", command).containsAll(told);
      known.removeAll(Set.of("--help", "--verbose"));
      assertThat(told).as("options of %s in the manual", command).containsAll(known);
    }
  }

  @Test
  void everyMountOptionIsNamed() throws IOException {
    String manual = manual();
    String options =
        manual.substring(manual.indexOf(".SH MOUNT OPTIONS"), manual.indexOf(".SH EXIT STATUS"));
    assertThat(MountOptionParser.names()).hasSizeGreaterThan(50);
    for (String name : MountOptionParser.names()) {
      assertThat(options).containsPattern("\\b" + name + "\\b");
    }
  }

  @Test
  void everyValueOfTheEnvironmentIsNamed() throws IOException {
    assertThat(manual())
        .contains(
            "ZONEFSJ_JAVA_OPTS",
            "ZONEFSJ_LOG_LEVEL",
            "ZONEFSJ_STATE_DIR",
            "ZONEFSJ_RUNTIME_DIR",
            "ZONEFSJ_LOG_DIR");
  }
}
