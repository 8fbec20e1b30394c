// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes the SBOM of directories of jars, for the build, as CycloneDX 1.6 in JSON: one component a
 * line, with its package URL and the SHA-256 of the very file. The same jars give the same bytes,
 * so it has neither a serial number nor a time. It runs from source, as {@code java
 * WriteSbom.java}.
 */
final class WriteSbom {
  /** A jar as Maven knows it. */
  private record Component(String group, String artifact, String version, String classifier) {
    /**
     * Reads {@code group:artifact[:type[:classifier]]:version}, without the scope that Maven's list
     * has at its end.
     */
    static Component parse(String coordinates) {
      String[] parts = coordinates.split(":");
      if (parts.length < 3 || parts.length > 5) {
        throw new IllegalArgumentException("no coordinates of a jar: " + coordinates);
      }
      return new Component(
          parts[0], parts[1], parts[parts.length - 1], parts.length == 5 ? parts[3] : "");
    }

    String file() {
      return artifact + "-" + version + (classifier.isEmpty() ? "" : "-" + classifier) + ".jar";
    }

    String packageUrl() {
      String qualifiers = classifier.isEmpty() ? "" : "classifier=" + classifier + "&";
      return "pkg:maven/" + group + "/" + artifact + "@" + version + "?" + qualifiers + "type=jar";
    }

    String json(String sha256) {
      return """
      {"type": "library", "bom-ref": "%s", "group": "%s", "name": "%s", "version": "%s", \
      "hashes": [{"alg": "SHA-256", "content": "%s"}], "purl": "%s"}\
      """
          .formatted(packageUrl(), group, artifact, version, sha256, packageUrl());
    }
  }

  private WriteSbom() {}

  /**
   * Arguments: the file to write; then for each directory of jars the coordinates of our own jar in
   * it, and of those that are no dependencies, with commas between them; the list that {@code
   * dependency:list} wrote of the others; and the directory. The first jar is the program.
   */
  public static void main(String[] args) throws IOException, NoSuchAlgorithmException {
    Component program = Component.parse(args[1].split(",", 2)[0]);
    TreeMap<String, String> lines = new TreeMap<>();
    for (int at = 1; at + 2 < args.length; at += 3) {
      add(args[at].split(","), Path.of(args[at + 1]), Path.of(args[at + 2]), lines);
    }
    String body = lines.values().stream().collect(Collectors.joining(",\n"));
    Files.writeString(
        Path.of(args[0]),
        """
        {
          "bomFormat": "CycloneDX",
          "specVersion": "1.6",
          "version": 1,
          "metadata": {
            "component": {"type": "application", "group": "%s", "name": "zonefs-j", "version": "%s"}
          },
          "components": [
        %s
          ]
        }
        """
            .formatted(program.group(), program.version(), body));
  }

  private static void add(String[] own, Path list, Path directory, Map<String, String> lines)
      throws IOException, NoSuchAlgorithmException {
    Map<String, Component> components = new TreeMap<>();
    for (String coordinates : own) {
      Component component = Component.parse(coordinates);
      components.put(component.file(), component);
    }
    for (String line : Files.readAllLines(list, StandardCharsets.UTF_8)) {
      // The name of a module may follow, and terminals' colours around it.
      String coordinates = line.strip().split("\\s", 2)[0];
      int scope = coordinates.lastIndexOf(':');
      if (scope > 0 && coordinates.indexOf(':') < scope) {
        Component component = Component.parse(coordinates.substring(0, scope));
        components.put(component.file(), component);
      }
    }
    List<String> jars;
    try (Stream<Path> files = Files.list(directory)) {
      jars = files.map(file -> file.getFileName().toString()).sorted().toList();
    }
    if (!jars.equals(List.copyOf(components.keySet()))) {
      throw new IOException(
          directory + " has " + jars + ", but Maven's list has " + components.keySet());
    }
    for (Component component : components.values()) {
      lines.put(
          component.packageUrl(),
          "    " + component.json(sha256(directory.resolve(component.file()))));
    }
  }

  private static String sha256(Path file) throws IOException, NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      byte[] buffer = new byte[1 << 16];
      while (in.read(buffer) >= 0) {
        // The digest takes what is read.
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
