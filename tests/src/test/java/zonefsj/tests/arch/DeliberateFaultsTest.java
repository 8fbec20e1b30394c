// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The patches of {@code tests/put-back} apply, and name tests that there are. */
class DeliberateFaultsTest {
  private static final Path ROOT =
      Path.of(System.getProperty("zonefsj.root", "..")).toAbsolutePath().normalize();
  private static final Path FAULTS = ROOT.resolve("tests/src/test/resources/faults");

  /** Where modules keep their tests, below the root. */
  private static final List<String> TESTS =
      List.of(
          "{device,device/stores,zonemgr,journal,gc,tests}/src/test/java/**",
          "{fs,device/stores}/*/src/test/java/**");

  private static final String FAULT = "fault: ";
  private static final String TEST = "test: ";

  static List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(FAULTS)) {
      List<String> names = files.map(file -> file.getFileName().toString()).sorted().toList();
      assertThat(names).isNotEmpty().allMatch(name -> name.endsWith(".patch"));
      return names;
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void aFaultCanBePutBack(String name) throws IOException, InterruptedException {
    ProcessBuilder git =
        new ProcessBuilder("git", "apply", "--check", FAULTS.resolve(name).toString())
            .directory(ROOT.toFile())
            .redirectErrorStream(true);
    // A repository around the checkout would leave the patch out.
    git.environment().put("GIT_CEILING_DIRECTORIES", ROOT.resolveSibling("").toString());
    Process process = git.start();
    process.getOutputStream().close();
    String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s does not apply: %s", name, words).isZero();
    assertThat(words).as(name).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("names")
  void aFaultNamesItsTests(String name) throws IOException {
    List<String> lines = Files.readAllLines(FAULTS.resolve(name), StandardCharsets.UTF_8);
    assertThat(lines).as(name).hasSizeGreaterThan(2);
    assertThat(lines.get(0)).as(name).startsWith(FAULT).hasSizeGreaterThan(FAULT.length());
    assertThat(lines.get(1)).as(name).startsWith(TEST);
    assertThat(lines.get(2)).as(name).startsWith("diff --git ");
    Set<Path> sources = sources();
    for (String test : lines.get(1).substring(TEST.length()).split(",", -1)) {
      String[] parts = test.split("#", 2);
      Path source = onlyOne(sources, parts[0] + ".java", name);
      if (parts.length == 2) {
        assertThat(Files.readString(source)).as(name).contains("void " + parts[1] + "(");
      }
    }
  }

  private static Set<Path> sources() throws IOException {
    List<PathMatcher> matchers =
        TESTS.stream()
            .map(glob -> FileSystems.getDefault().getPathMatcher("glob:" + glob))
            .toList();
    Set<Path> sources = new HashSet<>();
    for (String module : List.of("device", "zonemgr", "journal", "gc", "fs", "tests")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module))) {
        files
            .filter(file -> matchers.stream().anyMatch(it -> it.matches(ROOT.relativize(file))))
            .forEach(sources::add);
      }
    }
    return sources;
  }

  private static Path onlyOne(Set<Path> sources, String file, String name) {
    List<Path> found = sources.stream().filter(source -> source.endsWith(file)).toList();
    assertThat(found).as("%s: tests called %s", name, file).hasSize(1);
    return found.get(0);
  }

  @ParameterizedTest
  @MethodSource("names")
  void aFaultIsInTheTable(String name) throws IOException {
    String fault =
        Files.readAllLines(FAULTS.resolve(name), StandardCharsets.UTF_8)
            .get(0)
            .substring(FAULT.length());
    String row = "| `" + name.replaceFirst("[.]patch$", "") + "` | " + fault + " |";
    assertThat(Files.readAllLines(ROOT.resolve("CONTRIBUTING.md"), StandardCharsets.UTF_8))
        .as(name)
        .filteredOn(line -> line.startsWith(row))
        .hasSize(1);
  }
}
