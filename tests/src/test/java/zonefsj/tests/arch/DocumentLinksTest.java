// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every link from a document to a file leads to one. */
class DocumentLinksTest {
  private static final Path ROOT = ShippedComponent.ROOT;
  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s#]+)(?:#[^)]*)?\\)");

  static List<Path> documents() throws IOException {
    try (Stream<Path> files = Files.list(ROOT)) {
      List<Path> documents =
          files.filter(file -> file.toString().endsWith(".md")).sorted().toList();
      assertThat(documents).hasSizeGreaterThan(8);
      return documents;
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyLinkLeadsToAFile(Path document) throws IOException {
    Matcher links = LINK.matcher(Files.readString(document, StandardCharsets.UTF_8));
    List<String> broken =
        links
            .results()
            .map(link -> link.group(1))
            .filter(target -> !target.matches("[a-z]+:.*"))
            .filter(target -> Files.notExists(ROOT.resolve(target)))
            .toList();
    assertThat(broken).as("links of %s that lead nowhere", document.getFileName()).isEmpty();
  }
}
