// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.library;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** LIBRARY.md shows each example as it runs, and no other Java. */
final class PageTest {
  private static final Pattern BLOCK =
      Pattern.compile("(?:<!-- example: (\\w+) -->\n)?```java\n(.*?)```\n", Pattern.DOTALL);
  private static final Pattern REGION =
      Pattern.compile("( *)// \\[(\\w+)\\]\n(.*?) *// \\[end\\]\n", Pattern.DOTALL);

  private static String read(String file) throws IOException {
    for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
      if (Files.exists(path.resolve("LIBRARY.md"))) {
        return Files.readString(path.resolve(file));
      }
    }
    throw new IllegalStateException("no LIBRARY.md here or above");
  }

  @Test
  void theExamplesOfThePageAreThoseThatRun() throws IOException {
    Map<String, String> shown = new LinkedHashMap<>();
    Matcher blocks = BLOCK.matcher(read("LIBRARY.md"));
    while (blocks.find()) {
      assertThat(blocks.group(1)).as("name of the example\n%s", blocks.group(2)).isNotNull();
      shown.put(blocks.group(1), blocks.group(2));
    }
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
}
