// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.s3;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the client finds the profiles of a user, which can name programs ({@code
 * credential_process}).
 */
final class AwsFiles {
  private AwsFiles() {}

  /**
   * The files that the client reads, as it derives their names.
   *
   * @param environment variables of the process
   */
  static List<Path> of(Map<String, String> environment) {
    String home = environment.getOrDefault("HOME", System.getProperty("user.home"));
    return List.of(
        file(environment.get("AWS_CONFIG_FILE"), home, "config"),
        file(environment.get("AWS_SHARED_CREDENTIALS_FILE"), home, "credentials"));
  }

  private static Path file(@Nullable String given, String home, String usual) {
    if (given == null) {
      return Path.of(home, ".aws", usual);
    }
    String name = given.trim();
    return Path.of(name.startsWith("~/") ? home + name.substring(1) : name);
  }
}
