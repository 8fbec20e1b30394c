// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.library;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.tests.fixture.ClassPaths;

/** LIBRARY.md shows each example as it runs, with what it imports, and no other Java. */
final class PageTest {
  private static final Pattern BLOCK =
      Pattern.compile(
          "(?:<!-- example: (\\w+) -->\n)?```java\n((?:import [^\n]*\n+)*)(.*?)```\n",
          Pattern.DOTALL);
  private static final Pattern REGION =
      Pattern.compile("( *)// \\[(\\w+)\\]\n(.*?) *// \\[end\\]\n", Pattern.DOTALL);

  /** What the page says that its names are. */
  private static final String NAMES =
      """
      class Example0 {
        java.io.PrintWriter out;
        java.nio.file.Path image;
        zonefsj.device.ZonedDevice drive;
        int zone;
        int number;
        java.nio.ByteBuffer record;
      }
      """;

  /** An example of the page, with the lines of its imports before it. */
  private record Example(String imports, String code) {}

  private static String read(String file) throws IOException {
    for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
      if (Files.exists(path.resolve("LIBRARY.md"))) {
        return Files.readString(path.resolve(file));
      }
    }
    throw new IllegalStateException("no LIBRARY.md here or above");
  }

  private static Map<String, Example> shown() throws IOException {
    Map<String, Example> shown = new LinkedHashMap<>();
    Matcher blocks = BLOCK.matcher(read("LIBRARY.md"));
    while (blocks.find()) {
      assertThat(blocks.group(1)).as("name of the example\n%s", blocks.group(3)).isNotNull();
      shown.put(blocks.group(1), new Example(blocks.group(2), blocks.group(3)));
    }
    return shown;
  }

  @Test
  void theExamplesOfThePageAreThoseThatRun() throws IOException {
    Map<String, String> shown = new LinkedHashMap<>();
    shown().forEach((name, example) -> shown.put(name, example.code()));
    Map<String, String> run = new LinkedHashMap<>();
    Matcher regions =
        REGION.matcher(read("tests/src/test/java/zonefsj/tests/library/ExamplesTest.java"));
    while (regions.find()) {
      String code = regions.group(3).replaceAll("(?m)^" + regions.group(1), "").strip();
      run.put(regions.group(2), code + "\n");
    }
    assertThat(run).hasSizeGreaterThan(8);
    assertThat(shown.keySet()).isEqualTo(run.keySet());
    run.forEach((name, code) -> assertThat(shown.get(name)).as(name).isEqualTo(code));
  }

  @Test
  void theExamplesUseStablePackages() throws IOException {
    Set<String> stable =
        Pattern.compile("(?m)^\\| `(zonefsj[\\w.]*)` \\|")
            .matcher(read("LIBRARY.md"))
            .results()
            .map(row -> row.group(1))
            .collect(Collectors.toSet());
    Set<String> used = new TreeSet<>();
    for (Example example : shown().values()) {
      Pattern.compile("import (zonefsj[a-z.]*)\\.[A-Z]")
          .matcher(example.imports())
          .results()
          .forEach(line -> used.add(line.group(1)));
    }
    assertThat(used).isNotEmpty().isSubsetOf(stable);
  }

  /** Each is a class that has the members of those before it. */
  @Test
  void theExamplesCompileAsTheyStand(@TempDir Path classes) throws IOException {
    List<JavaFileObject> units = new ArrayList<>();
    units.add(unit(0, NAMES));
    for (Example example : shown().values()) {
      boolean isMember = example.code().startsWith("/**");
      units.add(
          unit(
              units.size(),
              "%sclass Example%d extends Example%d {%n%s%s%n%s}%n"
                  .formatted(
                      example.imports(),
                      units.size(),
                      units.size() - 1,
                      isMember ? "" : "void run" + units.size() + "() throws Exception {\n",
                      example.code(),
                      isMember ? "" : "}\n")));
    }
    StringWriter messages = new StringWriter();
    boolean isCompiled =
        ToolProvider.getSystemJavaCompiler()
            .getTask(
                messages,
                null,
                null,
                List.of(
                    "-proc:none",
                    "-d",
                    classes.toString(),
                    "-cp",
                    ClassPaths.argument(ClassPaths.all())),
                null,
                units)
            .call();
    assertThat(isCompiled).as(messages.toString()).isTrue();
  }

  private static JavaFileObject unit(int number, String text) {
    return new SimpleJavaFileObject(
        URI.create("string:///Example" + number + ".java"), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return text;
      }
    };
  }
}
