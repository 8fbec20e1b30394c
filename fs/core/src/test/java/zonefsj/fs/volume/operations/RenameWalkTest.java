// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.meta.ColumnFamily;

/** A rename that walks up a deep tree holds up nobody, and its walk does not outlive its names. */
class RenameWalkTest extends HaltingVolume {
  private long outer;
  private long inner;

  RenameWalkTest() {
    super(ColumnFamily.PARENTS);
  }

  @BeforeEach
  void makeDirectories() throws Exception {
    outer = make(ROOT, "outer");
    inner = make(outer, "inner");
    make(ROOT, "moved");
  }

  /** Begins the rename and returns when it walks. */
  private Future<Void> renameThatHalts() throws IOException {
    return begin(() -> rename("moved", inner, "new"));
  }

  @Test
  void othersWorkAndCommitDuringTheWalk() throws Exception {
    Future<Void> rename = renameThatHalts();
    long other = soon(() -> make(ROOT, "other"));
    soon(() -> make(other, "below"));
    soon(() -> rename("other", ROOT, "another"));
    soon(this::sync);
    goOn();
    rename.get(TIMEOUT_SECONDS, SECONDS);
    assertThat(files.lookup(inner, name("new")).isDirectory()).isTrue();
  }

  @Test
  void namesThatChangedDuringTheWalkAreWalkedAgain() throws Exception {
    Future<Void> rename = renameThatHalts();
    soon(() -> rename("moved", ROOT, "away"));
    soon(() -> rename("outer", ROOT, "moved"));
    goOn();
    assertThatThrownBy(() -> rename.get(TIMEOUT_SECONDS, SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
    assertThat(files.lookup(ROOT, name("moved")).inode()).isEqualTo(outer);
  }
}
