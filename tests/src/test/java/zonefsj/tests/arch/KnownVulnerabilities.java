// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.arch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.maven.artifact.versioning.DefaultArtifactVersion;
import org.apache.maven.artifact.versioning.InvalidVersionSpecificationException;
import org.apache.maven.artifact.versioning.VersionRange;

/**
 * The stored list of known vulnerabilities, {@code tests/known-vulnerabilities.txt}, whose head
 * says what its lines are. Immutable.
 */
final class KnownVulnerabilities {
  private static final Path LIST = ShippedComponent.ROOT.resolve("tests/known-vulnerabilities.txt");
  private static final Pattern COLUMNS = Pattern.compile(" *[|] *");
  private static final String WHAT_TO_DO =
      "; what to do is in CONTRIBUTING.md, \"Dependencies\". The list is of ";

  private record LookedAt(LocalDate day, String component, String version) {}

  private record Affected(
      String component, VersionRange versions, List<String> ids, String what, String reaches) {}

  private record Accepted(String component, String version, String id) {}

  private final LocalDate day;
  private final List<LookedAt> lookedAt = new ArrayList<>();
  private final List<Affected> affected = new ArrayList<>();
  private final List<Accepted> accepted = new ArrayList<>();

  private KnownVulnerabilities(List<String> lines) throws IOException {
    LocalDate upToDate = null;
    for (String line : lines) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] columns = COLUMNS.split(line.strip(), -1);
      try {
        switch (columns[0] + "/" + columns.length) {
          case "up to date/3" -> upToDate = LocalDate.parse(columns[1]);
          case "looked at/4" ->
              lookedAt.add(new LookedAt(LocalDate.parse(columns[1]), columns[2], columns[3]));
          case "affected/6" ->
              affected.add(
                  new Affected(
                      columns[1],
                      VersionRange.createFromVersionSpec(columns[2]),
                      List.of(columns[3].split(" ")),
                      columns[4],
                      columns[5]));
          case "accepted/5" -> accepted.add(new Accepted(columns[1], columns[2], columns[3]));
          default -> throw new IOException("not a line of the list of vulnerabilities: " + line);
        }
      } catch (DateTimeParseException | InvalidVersionSpecificationException e) {
        throw new IOException("not a line of the list of vulnerabilities: " + line, e);
      }
    }
    if (upToDate == null) {
      throw new IOException("the list of vulnerabilities does not say of which day it is");
    }
    this.day = upToDate;
  }

  /** Reads the list of the checkout. */
  static KnownVulnerabilities ofTheCheckout() throws IOException {
    return parse(Files.readAllLines(LIST, StandardCharsets.UTF_8));
  }

  /**
   * Reads a list.
   *
   * @throws IOException if a line is none of a list, or none says of which day the list is
   */
  static KnownVulnerabilities parse(List<String> lines) throws IOException {
    return new KnownVulnerabilities(lines);
  }

  /** What stands against shipping these components: for each thing a line that says what to do. */
  List<String> complaints(List<ShippedComponent> components) {
    List<String> complaints = new ArrayList<>();
    for (ShippedComponent component : components) {
      if (component.isOurs()) {
        continue;
      }
      String shipped = component.name() + " " + component.version();
      for (Affected row : affected) {
        if (row.component.equals(component.name())
            && row.versions.containsVersion(new DefaultArtifactVersion(component.version()))
            && !isAccepted(component, row)) {
          complaints.add(
              "%s is shipped, and has %s: %s. Does it reach us: %s%s%s"
                  .formatted(
                      shipped, String.join(" ", row.ids), row.what, row.reaches, WHAT_TO_DO, day));
        }
      }
      if (lookedAt.stream().noneMatch(row -> isOf(row, component))) {
        complaints.add(
            shipped + " is shipped, and nobody looked whether it is vulnerable" + WHAT_TO_DO + day);
      }
    }
    return complaints;
  }

  private static boolean isOf(LookedAt row, ShippedComponent component) {
    return row.component.equals(component.name()) && row.version.equals(component.version());
  }

  private boolean isAccepted(ShippedComponent component, Affected row) {
    return accepted.stream()
        .anyMatch(
            accept ->
                accept.component.equals(component.name())
                    && accept.version.equals(component.version())
                    && row.ids.contains(accept.id));
  }

  /** Lines about components that are not shipped in that version: they say nothing any more. */
  List<String> leftovers(List<ShippedComponent> components) {
    Set<String> shipped = new HashSet<>();
    components.forEach(component -> shipped.add(component.name() + " " + component.version()));
    List<String> leftovers = new ArrayList<>();
    lookedAt.forEach(row -> leftovers.add(row.component + " " + row.version));
    accepted.forEach(row -> leftovers.add(row.component + " " + row.version));
    leftovers.removeIf(shipped::contains);
    return leftovers;
  }

  /** Whether it has an advisory of this number, for whichever versions. */
  boolean has(String id) {
    return affected.stream().anyMatch(row -> row.ids.contains(id));
  }
}
