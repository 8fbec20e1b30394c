// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.cli.Commands.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceKinds;
import zonefsj.fs.cli.options.MountOptionParser;

/** The manual pages name all that the code knows, and nothing that it does not. */
final class ManualTest {
  private static final Pattern LONG_OPTION = Pattern.compile("--[a-z][a-z-]*");
  private static final Pattern COMMAND_IN_HELP = Pattern.compile("(?m)^  ([a-z]+) .*");

  /** The beginning of what a group page says of a command, in its section COMMANDS. */
  private static final Pattern HEADING = Pattern.compile("\n\\.TP\n([a-z]+) .*");

  /** A line of the overview about a command. */
  private static final Pattern OVERVIEW_LINE = Pattern.compile("\n\\.TP 10\n\\.B ([a-z]+)\n");

  private static final Pattern PAGE_OF_GROUP =
      Pattern.compile("\n\\.BR (zonefs-j-[a-z]+) \\(8\\)\ndescribes these commands\\.\n");

  private static final String OVERVIEW = "zonefs-j.8";

  private static Path directory() {
    for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
      Path pages = path.resolve("mount-scripts/man");
      if (Files.isDirectory(pages)) {
        return pages;
      }
    }
    throw new IllegalStateException("no mount-scripts/man here or above");
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory())) {
      return files.sorted().toList();
    }
  }

  /** All pages by the names of their files, as plain text. */
  private static Map<String, String> pages() throws IOException {
    Map<String, String> pages = new TreeMap<>();
    for (Path file : files()) {
      String text = Files.readString(file);
      if (!text.startsWith(".so ")) {
        pages.put(
            file.getFileName().toString(), text.replace("\\-", "-").replaceAll("\\\\f[BIRP]", ""));
      }
    }
    assertThat(pages).hasSizeGreaterThan(5).containsKeys(OVERVIEW, "zonefs-j.5");
    return pages;
  }

  private static String page(String name) throws IOException {
    String page = pages().get(name);
    if (page == null) {
      throw new IllegalStateException("there is no page " + name);
    }
    return page;
  }

  /** The section of a page up to the next one. */
  private static String section(String page, String heading) {
    int begin = page.indexOf("\n.SH " + heading + "\n");
    assertThat(begin).as("a section %s", heading).isNotNegative();
    int end = page.indexOf("\n.SH ", begin + 1);
    return page.substring(begin, end < 0 ? page.length() : end);
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

  /** What the group pages say: by command, then by page. */
  private static Map<String, Map<String, String>> told() throws IOException {
    Map<String, Map<String, String>> told = new TreeMap<>();
    for (Map.Entry<String, String> page : pages().entrySet()) {
      if (page.getKey().matches("zonefs-j-[a-z]+\\.8")) {
        String commands = section(page.getValue(), "COMMANDS");
        List<MatchResult> headings = HEADING.matcher(commands).results().toList();
        for (int i = 0; i < headings.size(); i++) {
          int end = i + 1 < headings.size() ? headings.get(i + 1).start() : commands.length();
          String before =
              told.computeIfAbsent(headings.get(i).group(1), command -> new LinkedHashMap<>())
                  .put(page.getKey(), commands.substring(headings.get(i).start(), end));
          assertThat(before).as("%s twice", headings.get(i).group()).isNull();
        }
      }
    }
    return told;
  }

  @Test
  void everyCommandIsExplainedOnOnePageWithItsOptionsAndNoOthers() throws IOException {
    List<String> commands = commands();
    assertThat(commands).hasSizeGreaterThan(15).contains("bench", "mount");
    Map<String, Map<String, String>> told = told();
    assertThat(told.keySet()).isEqualTo(new TreeSet<>(commands));
    for (String command : commands) {
      Map<String, String> onPages = told.getOrDefault(command, Map.of());
      assertThat(onPages.keySet()).as("pages that explain %s", command).hasSize(1);
      Set<String> known = longOptions(run(command, "--help").ok());
      Set<String> named = longOptions(onPages.values().iterator().next());
      assertThat(known).as("options of %s", command).containsAll(named);
      known.removeAll(Set.of("--help", "--verbose"));
      assertThat(named).as("options of %s in the manual", command).containsAll(known);
    }
  }

  /** The help of a command ends with examples of it, and names the page that explains it. */
  @Test
  void theHelpHasExamplesAndLeadsToThePage() throws IOException {
    Map<String, Map<String, String>> told = told();
    for (String command : commands()) {
      String help = run(command, "--help").ok();
      String page = String.join(" ", told.getOrDefault(command, Map.of()).keySet());
      assertThat(help).endsWith("\nManual: man " + page.replace(".8", "") + "\n");
      List<String> examples =
          help.substring(help.indexOf("\nExamples:\n")).lines().skip(2).toList();
      assertThat(examples).as(help).hasSizeGreaterThan(1);
      for (String example : examples.subList(0, examples.size() - 1)) {
        assertThat(example).matches("  zonefs-j " + command + "( .+)?");
        assertThat(longOptions(help.substring(0, help.indexOf("\nExamples:\n"))))
            .containsAll(longOptions(example));
      }
    }
  }

  /** The synopsis of a page has the commands that it explains, in whatever order. */
  @Test
  void everySynopsisHasTheCommandsOfItsPage() throws IOException {
    Map<String, Set<String>> byPage = new TreeMap<>();
    told()
        .forEach(
            (command, pages) ->
                pages
                    .keySet()
                    .forEach(
                        page ->
                            byPage.computeIfAbsent(page, name -> new TreeSet<>()).add(command)));
    for (Map.Entry<String, Set<String>> page : byPage.entrySet()) {
      Set<String> shown = new TreeSet<>();
      section(page(page.getKey()), "SYNOPSIS")
          .lines()
          .filter(line -> line.startsWith("zonefs-j "))
          .forEach(line -> shown.add(line.split(" ", -1)[1]));
      assertThat(shown).as(page.getKey()).isEqualTo(page.getValue());
    }
  }

  /** The overview names each command once, below the page that explains it. */
  @Test
  void theOverviewLeadsToEveryCommand() throws IOException {
    Map<String, String> leads = new TreeMap<>();
    for (String group : section(page(OVERVIEW), "COMMANDS").split("\n\\.SS ", -1)) {
      List<MatchResult> pages = PAGE_OF_GROUP.matcher(group).results().toList();
      for (MatchResult line : OVERVIEW_LINE.matcher(group).results().toList()) {
        assertThat(pages).as(group).hasSize(1);
        assertThat(leads.put(line.group(1), pages.get(0).group(1) + ".8"))
            .as("%s twice", line.group(1))
            .isNull();
      }
    }
    Map<String, String> explained = new TreeMap<>();
    told().forEach((command, on) -> explained.put(command, String.join(" ", on.keySet())));
    assertThat(leads).isEqualTo(explained);
  }

  @Test
  void everyMountOptionIsNamed() throws IOException {
    String options = section(page("zonefs-j.5"), "MOUNT OPTIONS");
    assertThat(MountOptionParser.names()).hasSizeGreaterThan(50);
    for (String name : MountOptionParser.names()) {
      assertThat(options).containsPattern("\\b" + name + "\\b");
    }
  }

  @Test
  void everyKindOfDriveIsNamed() throws IOException {
    String description = section(page(OVERVIEW), "DESCRIPTION");
    List<String> kinds =
        DeviceKinds.all().stream()
            .filter(kind -> !kind.getClass().getName().startsWith("zonefsj.tests."))
            .map(DeviceKind::name)
            .toList();
    assertThat(kinds).hasSizeGreaterThan(10);
    for (String kind : kinds) {
      assertThat(description).containsPattern("\\b" + kind + " ?[:(]");
    }
  }

  @Test
  void everyValueOfTheEnvironmentIsNamed() throws IOException {
    assertThat(section(page(OVERVIEW), "ENVIRONMENT"))
        .contains(
            "ZONEFSJ_JAVA_OPTS",
            "ZONEFSJ_LOG_LEVEL",
            "ZONEFSJ_PASSPHRASE_FILE",
            "ZONEFSJ_STATE_DIR",
            "ZONEFSJ_RUNTIME_DIR",
            "ZONEFSJ_LOG_DIR");
  }

  /** Other pages that a page names exist, here or in another package; aliases lead somewhere. */
  @Test
  void noPageLeadsNowhere() throws IOException {
    Set<String> own = new TreeSet<>();
    for (Path file : files()) {
      own.add(file.getFileName().toString());
    }
    for (Path file : files()) {
      String text = Files.readString(file).replace("\\-", "-");
      if (text.startsWith(".so ")) {
        assertThat(own).as(file.toString()).contains(text.strip().replaceFirst("^\\.so man8/", ""));
      }
      for (MatchResult other :
          Pattern.compile("\\b(\\S*zonefs-j\\S*) \\(([58])\\)").matcher(text).results().toList()) {
        assertThat(own).as(file.toString()).contains(other.group(1) + "." + other.group(2));
      }
    }
    for (String helper : List.of("mount", "umount", "fsck")) {
      assertThat(own).contains(helper + ".fuse.zonefs-j.8");
    }
  }

  /** Without a word of the formatter. */
  @Test
  void everyPageIsFormatted() throws Exception {
    for (String page : pages().keySet()) {
      Process groff =
          new ProcessBuilder("groff", "-ww", "-man", "-Tutf8", page)
              .directory(directory().toFile())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      assertThat(new String(groff.getErrorStream().readAllBytes(), UTF_8)).as(page).isEmpty();
      assertThat(groff.waitFor()).as(page).isZero();
    }
  }
}
