// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The SBOM names every jar that the launcher runs, and no other. */
class ShippedComponentTest {
  private static final Path SHIPPED = ShippedComponent.ROOT.resolve("fs/cli/target/zonefs-j");

  @Test
  void theSbomIsOfTheVeryJars() throws IOException, NoSuchAlgorithmException {
    Map<String, String> shipped = new TreeMap<>();
    List<Path> jars;
    try (Stream<Path> files = Files.walk(SHIPPED)) {
      jars = files.filter(file -> file.toString().endsWith(".jar")).toList();
    }
    for (Path jar : jars) {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar));
      shipped.put(jar.getFileName().toString(), HexFormat.of().formatHex(digest));
    }
    List<ShippedComponent> components = ShippedComponent.ofTheBuild();
    assertThat(components)
        .extracting(ShippedComponent::name)
        .contains(
            "org.rocksdb:rocksdbjni",
            "io.github.zonefsj:zonefsj-fs-cli",
            "io.github.zonefsj:zonefsj-stores-hadoop",
            "io.github.zonefsj:zonefsj-stores-s3",
            "org.apache.ozone:ozone-filesystem-hadoop3");
    assertThat(
            components.stream()
                .collect(Collectors.toMap(ShippedComponent::file, ShippedComponent::sha256)))
        .isEqualTo(shipped);
  }
}
