// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;

/** Whoever may open an image can keep it from its user, who is told so. */
class LockedFileTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private String refusal(String permissions) throws Exception {
    Path image = directory.resolve(permissions);
    ImageFile.create(image, EmulatedGeometry.ofSize(4 << 20));
    Files.setPosixFilePermissions(image, PosixFilePermissions.fromString(permissions));
    try (ImageZonedDevice held = ImageFile.open(image, DeviceAccess.READ_ONLY)) {
      assertThat(held.path()).isEqualTo(image);
      ImageException refused =
          catchThrowableOfType(
              ImageException.class, () -> ImageFile.open(image, DeviceAccess.READ_WRITE));
      return String.valueOf(refused.getMessage());
    }
  }

  @Test
  void theRefusalNamesRightsOfOthers() throws Exception {
    assertThat(refusal("rw-r-----")).contains("is in use").doesNotContain("chmod");
    assertThat(refusal("rw-r--r--")).contains("is in use").contains("its mode is 644");
  }
}
