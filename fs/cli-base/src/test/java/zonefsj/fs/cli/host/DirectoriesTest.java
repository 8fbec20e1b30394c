// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DirectoriesTest {
  /** As the root of a rootless container on the files of the host. */
  @Test
  void rootWithoutThePlacesOfTheSystemHasThoseOfAUser() {
    Map<String, String> environment = Map.of("HOME", "/h", "XDG_RUNTIME_DIR", "/run/user/7");
    Directories user = Directories.of(0, environment, false);
    assertThat(user.uid()).isZero();
    assertThat(user.runtime()).isEqualTo(Path.of("/run/user/7/zonefs-j"));
    assertThat(user.index()).isEqualTo(Path.of("/h/.local/state/zonefs-j"));
    assertThat(user.log()).isEqualTo(Path.of("/h/.local/state/zonefs-j/log"));
    assertThat(Directories.of(0, environment, true)).isEqualTo(Directories.of(0, environment));
  }
}
