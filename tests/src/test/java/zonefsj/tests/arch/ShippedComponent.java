// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.arch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A jar that the command ships, as a line of the build's SBOM says it.
 *
 * @param name {@code group:artifact}
 * @param file the jar's name
 * @param packageUrl of the package, without qualifiers
 */
record ShippedComponent(
    String name, String version, String file, String sha256, String packageUrl) {
  /** The checkout. */
  static final Path ROOT =
      Path.of(System.getProperty("zonefsj.root", "..")).toAbsolutePath().normalize();

  private static final Path SBOM = ROOT.resolve("fs/cli/target/zonefs-j/zonefs-j.cdx.json");
  private static final String OUR_GROUP = "io.github.zonefsj:";
  private static final Pattern LINE =
      Pattern.compile(
          "\"content\": \"(?<sha>[0-9a-f]{64})\".* \"purl\": \"(?<purl>pkg:maven/(?<group>[^/\"]+)"
              + "/(?<artifact>[^@\"]+)@(?<version>[^?\"]+))[?](?:classifier=(?<classifier>[^&\"]+)&)?"
              + "type=jar\"");

  /**
   * Reads the SBOM of the last build.
   *
   * @throws IOException if there is none, or a component in it cannot be read
   */
  static List<ShippedComponent> ofTheBuild() throws IOException {
    try {
      return parse(Files.readAllLines(SBOM, StandardCharsets.UTF_8));
    } catch (NoSuchFileException e) {
      throw new IOException(SBOM + " is missing; mvn -Pfast package writes it", e);
    }
  }

  private static List<ShippedComponent> parse(List<String> lines) throws IOException {
    List<ShippedComponent> components = new ArrayList<>();
    for (String line : lines) {
      if (!line.contains("\"bom-ref\"")) {
        continue;
      }
      Matcher matcher = LINE.matcher(line);
      if (!matcher.find()) {
        throw new IOException("not a component as WriteSbom writes it: " + line);
      }
      String artifact = matcher.group("artifact");
      String version = matcher.group("version");
      String classifier = matcher.group("classifier");
      components.add(
          new ShippedComponent(
              matcher.group("group") + ":" + artifact,
              version,
              artifact + "-" + version + (classifier == null ? "" : "-" + classifier) + ".jar",
              matcher.group("sha"),
              matcher.group("purl")));
    }
    return components;
  }

  /** Whether it is made by this build. */
  boolean isOurs() {
    return name.startsWith(OUR_GROUP);
  }
}
