// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.programs.SharedHost.OTHER;
import static zonefsj.tests.programs.SharedHost.ROOT;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** By whatever name the launcher is called, it runs what lies beside it, and nothing else. */
final class LauncherPathTest {
  private static final int CALLS = 8;

  @RegisterExtension final SharedHost host = new SharedHost(OTHER);

  @Test
  void rootRunsNoScriptOfADirectoryInCdpath() throws Exception {
    Path theirs = host.homeOf(OTHER);
    host.as(
            OTHER,
            "mkdir -p s/mount-scripts s/scripts;"
                + " printf 'touch %s/ran' $PWD >s/common.sh;"
                + " for d in mount-scripts scripts; do cp s/common.sh s/$d/; done")
        .orFail();
    String versions =
        host.as(
                ROOT,
                """
                real=$(readlink -f "$(command -v zonefs-j)")
                ln -s "${real%%/*}" scripts; ln -s scripts/zonefs-j z
                run() { env CDPATH=%s/s "$@" --version; }
                run scripts/zonefs-j; run ./z; run "$PWD/z"
                cd "${real%%/*/*}"; run mount-scripts/zonefs-j; run bash mount-scripts/zonefs-j
                cd ./mount-scripts; run ./zonefs-j; run bash -p zonefs-j; run bash zonefs-j
                """
                    .formatted(theirs))
            .orFail();
    assertThat(theirs.resolve("ran")).doesNotExist();
    assertThat(versions.lines()).hasSize(CALLS).allMatch(line -> line.startsWith("zonefs-j "));
  }
}
