// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.completion;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The part of a script that is always the same, from a resource. */
final class Template {
  private static final Pattern PLACE = Pattern.compile("@([A-Z_]+)@");

  private Template() {}

  /**
   * Fills a template.
   *
   * @param name name of the resource
   * @param parts what stands in the place of each {@code @NAME@}
   */
  static String fill(String name, Map<String, String> parts) {
    try (InputStream resource = Template.class.getResourceAsStream(name)) {
      if (resource == null) {
        throw new IllegalStateException(name + " is not packaged");
      }
      String text = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
      return PLACE
          .matcher(text)
          .replaceAll(
              place -> {
                String part = parts.get(place.group(1));
                if (part == null) {
                  throw new IllegalStateException(name + " has no part " + place.group());
                }
                return Matcher.quoteReplacement(part);
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A word that the shells take as it is. */
  static String quote(String word) {
    return word.matches("[A-Za-z0-9,._+:@%/=-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
