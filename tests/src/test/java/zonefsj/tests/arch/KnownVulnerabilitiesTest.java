// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing is shipped that is known to be vulnerable, or that nobody looked at. */
class KnownVulnerabilitiesTest {
  private static final String DAY = "up to date | 2026-11-22 | here";

  @Test
  void nothingVulnerableIsShipped() throws IOException {
    List<ShippedComponent> components = ShippedComponent.ofTheBuild();
    KnownVulnerabilities known = KnownVulnerabilities.ofTheCheckout();
    assertThat(components).isNotEmpty();
    assertThat(known.complaints(components)).isEmpty();
    assertThat(known.leftovers(components))
        .as("lines of tests/known-vulnerabilities.txt on what is not shipped")
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "logback-core, 1.5.18, CVE-2025-11226",
    "logback-core, 1.5.24, CVE-2026-1225",
    "logback-core, 1.5.32, CVE-2026-9828",
    "logback-classic, 1.6.2, CVE-2026-19880"
  })
  void anOldLogbackIsTold(String artifact, String version, String id) throws IOException {
    assertThat(
            KnownVulnerabilities.ofTheCheckout()
                .complaints(List.of(component("ch.qos.logback:" + artifact, version))))
        .anySatisfy(
            complaint ->
                assertThat(complaint)
                    .startsWith(
                        "ch.qos.logback:" + artifact + " " + version + " is shipped, and has")
                    .contains(id, "CONTRIBUTING.md"));
  }

  @ParameterizedTest
  @CsvSource({
    "1.5.9, true",
    "1.5.18, true",
    "1.5.19-rc1, true",
    "1.5.19, false",
    "1.5.20, false",
    "1.10, false",
    "1.4.99, false"
  })
  void versionsAreComparedAsMavenDoes(String version, boolean vulnerable) throws IOException {
    KnownVulnerabilities known =
        list("affected | g:a | [1.5,1.5.19) | CVE-1 | it is bad | yes", lookedAt(version));
    assertThat(known.complaints(List.of(component("g:a", version))).isEmpty())
        .isEqualTo(!vulnerable);
  }

  @Test
  void whatNobodyLookedAtIsTold() throws IOException {
    KnownVulnerabilities known = list(lookedAt("1.0"));
    assertThat(known.complaints(List.of(component("g:a", "1.0")))).isEmpty();
    assertThat(known.complaints(List.of(component("g:a", "1.1"), component("g:b", "1.0"))))
        .hasSize(2)
        .allSatisfy(complaint -> assertThat(complaint).contains("nobody looked"));
    assertThat(known.complaints(List.of(component("io.github.zonefsj:zonefsj-fs-cli", "9"))))
        .isEmpty();
    assertThat(known.leftovers(List.of(component("g:a", "1.1")))).containsExactly("g:a 1.0");
  }

  @Test
  void whatIsAcceptedIsAcceptedInOneVersion() throws IOException {
    KnownVulnerabilities known =
        list(
            "affected | g:a | [1,2] | CVE-1 GHSA-1 | it is bad | no: it is not called",
            "accepted | g:a | 1.0 | CVE-1 | it is not called",
            lookedAt("1.0"),
            lookedAt("1.1"));
    assertThat(known.complaints(List.of(component("g:a", "1.0")))).isEmpty();
    assertThat(known.complaints(List.of(component("g:a", "1.1"))))
        .singleElement()
        .asString()
        .contains("CVE-1 GHSA-1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "affected | g:a | [1,2] | CVE-1 | a column is missing",
        "affected | g:a | [2,1] | CVE-1 | it is bad | yes",
        "looked at | yesterday | g:a | 1.0",
        "looked | 2026-11-22 | g:a | 1.0"
      })
  void aLineThatSaysNothingIsRefused(String line) {
    assertThatThrownBy(() -> list(line)).isInstanceOf(IOException.class).hasMessageContaining(line);
  }

  @Test
  void aListWithoutADayIsRefused() {
    assertThatThrownBy(() -> KnownVulnerabilities.parse(List.of(lookedAt("1.0"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("day");
  }

  static KnownVulnerabilities list(String... lines) throws IOException {
    List<String> all = new ArrayList<>(List.of("# a comment", "", DAY));
    all.addAll(List.of(lines));
    return KnownVulnerabilities.parse(all);
  }

  private static String lookedAt(String version) {
    return "looked at | 2026-11-22 | g:a | " + version;
  }

  static ShippedComponent component(String name, String version) {
    return new ShippedComponent(
        name, version, "a.jar", "", "pkg:maven/" + name.replace(':', '/') + "@" + version);
  }
}
