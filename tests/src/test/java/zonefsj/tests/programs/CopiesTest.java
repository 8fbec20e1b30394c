// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Everything that a file can be comes over by rsync and tar, and is still there later. */
final class CopiesTest {
  /** What they need to look at everything; without the window, rsync forgives part of a second. */
  private static final String RSYNC = "rsync -aHAXS --delete --numeric-ids --modify-window=-1 ";

  private static final String DIFFERENCES = RSYNC + "-nci \"$KEEP/odd/\" odd/";

  @RegisterExtension final Sandbox sandbox = new Sandbox(true);

  @BeforeEach
  void makeTheTree() throws Exception {
    sandbox.python("oddities.py", sandbox.keep().resolve("odd").toString());
  }

  /** A socket bound for a test is a file like others. */
  @AfterEach
  void removeTheTree() throws Exception {
    sandbox.run(java.util.List.of("rm", "-rf", sandbox.keep().resolve("odd").toString())).orFail();
  }

  @Test
  void rsyncCopiesEverythingAndItStaysSo() throws Exception {
    sandbox.bash(
        """
        mkdir -p odd/extra/deep odd/names
        echo extra > odd/extra/deep/file
        echo other > odd/names/other
        """
            + RSYNC
            + "\"$KEEP/odd/\" odd/");
    assertThat(sandbox.bash(DIFFERENCES)).as("after the copy").isEmpty();
    String manifest = manifestHere();
    assertThat(manifest).isEqualTo(manifestThere());
    assertThat(sandbox.bash("du -sk odd/sparse | cut -f 1"))
        .as("KiB of 170 MB, most of it holes")
        .satisfies(kibibytes -> assertThat(Integer.parseInt(kibibytes)).isLessThan(2000));

    sandbox.umount();
    sandbox.mount();
    assertThat(sandbox.bash(DIFFERENCES)).as("after a remount").isEmpty();
    assertThat(manifestHere()).isEqualTo(manifest);

    sandbox.umount();
    sandbox.run(java.util.List.of("rm", "-rf", sandbox.index().toString())).orFail();
    sandbox.mount();
    assertThat(sandbox.bash(DIFFERENCES)).as("after the index was lost").isEmpty();
    assertThat(manifestHere()).isEqualTo(manifest);

    // The other way round, too.
    assertThat(
            sandbox.bash(
                RSYNC
                    + "odd/ \"$KEEP/back/\"\n"
                    + RSYNC
                    + "-nci \"$KEEP/odd/\" \"$KEEP/back/\"\nrm -rf \"$KEEP/back\""))
        .as("back")
        .isEmpty();
    sandbox.umount();
    sandbox.fsck();
  }

  @Test
  void tarBringsEverythingOutAndBack() throws Exception {
    String answer =
        sandbox.bash(
            """
            tar() {
              command tar --acls --xattrs --xattrs-include='*' -S --format=posix --numeric-owner "$@"
            }
            # An archive has no sockets, and each name of a FIFO is a FIFO of its own in it.
            rm "$KEEP/odd/special/socket" "$KEEP/odd/links/"[123]/fifo-*
            tar -C "$KEEP/odd" -cf in.tar .
            mkdir odd && tar -C odd -xpf in.tar
            tar -C odd --compare -f in.tar
            tar -C odd -cf out.tar .
            mkdir "$KEEP/back" && tar -C "$KEEP/back" -xpf out.tar
            """
                + RSYNC
                + "-nci \"$KEEP/odd/\" \"$KEEP/back/\"\nrm -rf \"$KEEP/back\"\n"
                + DIFFERENCES);
    assertThat(answer).isEmpty();
    assertThat(manifestHere()).isEqualTo(manifestThere());
  }

  private String manifestHere() throws Exception {
    return sandbox.python("manifest.py", sandbox.directory().resolve("odd").toString());
  }

  private String manifestThere() throws Exception {
    return sandbox.python("manifest.py", sandbox.keep().resolve("odd").toString());
  }
}
