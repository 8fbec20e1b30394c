// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import zonefsj.device.spec.DeviceSpec;

/** The names are those of the client, {@code ProfileFileLocation}. */
final class AwsFilesTest {
  @Test
  void withoutVariablesTheFilesAreInTheHome() {
    assertThat(AwsFiles.of(Map.of("HOME", "/h")))
        .containsExactly(Path.of("/h/.aws/config"), Path.of("/h/.aws/credentials"));
    assertThat(AwsFiles.of(Map.of()))
        .contains(Path.of(System.getProperty("user.home"), ".aws/config"));
  }

  @Test
  void aVariableNamesAFile() {
    Map<String, String> environment =
        Map.of("HOME", "/h", "AWS_CONFIG_FILE", " ~/c ", "AWS_SHARED_CREDENTIALS_FILE", "relative");
    assertThat(AwsFiles.of(environment)).containsExactly(Path.of("/h/c"), Path.of("relative"));
    assertThat(AwsFiles.of(Map.of("HOME", "/h", "AWS_CONFIG_FILE", "~other/c")))
        .contains(Path.of("~other/c"));
  }

  /** Each part has a client. */
  @Test
  void aComposedDriveHasTheFilesOfItsParts() throws Exception {
    DeviceSpec drive = DeviceSpec.parse("mirror(concat(s3(bucket=b),/d1),/d2)");
    assertThat(drive.clientFiles()).isEqualTo(AwsFiles.of(System.getenv())).hasSize(2);
    assertThat(DeviceSpec.parse("mirror(/d1,/d2)").clientFiles()).isEmpty();
  }
}
