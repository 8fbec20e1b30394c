// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.meta.ColumnFamily;

/**
 * The scan of a directory that goes away holds up nobody: it steps over all entries that were
 * deleted. A name that is added during the scan is found all the same.
 */
class EmptyDirectoryTest extends HaltingVolume {
  private long target;

  EmptyDirectoryTest() {
    super(ColumnFamily.ENTRIES);
  }

  @BeforeEach
  void makeDirectories() throws Exception {
    target = make(ROOT, "target");
    make(ROOT, "moved");
  }

  private Void rename() throws ErrnoException, IOException {
    return rename("moved", ROOT, "target");
  }

  private Void remove() throws ErrnoException, IOException {
    files.removeDirectory(Caller.ROOT, ROOT, name("target"));
    return null;
  }

  private void findsWhatIsAdded(Callable<Void> ending) throws Exception {
    Future<Void> begun = begin(ending);
    soon(() -> make(target, "below"));
    soon(this::sync);
    goOn();
    assertThatThrownBy(() -> begun.get(TIMEOUT_SECONDS, SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOTEMPTY));
    assertThat(files.lookup(target, name("below")).isDirectory()).isTrue();
  }

  @Test
  void aRenameOverADirectoryFindsWhatIsAddedMeanwhile() throws Exception {
    findsWhatIsAdded(() -> rename());
  }

  @Test
  void removingADirectoryFindsWhatIsAddedMeanwhile() throws Exception {
    findsWhatIsAdded(this::remove);
  }

  @Test
  void aRenameOverADirectoryThatIsEmptySucceedsAfterAddAndRemove() throws Exception {
    Future<Void> begun = begin(() -> rename());
    soon(() -> make(target, "below"));
    soon(
        () -> {
          files.removeDirectory(Caller.ROOT, target, name("below"));
          return null;
        });
    goOn();
    begun.get(TIMEOUT_SECONDS, SECONDS);
    assertThatThrownBy(() -> files.lookup(ROOT, name("moved"))).isInstanceOf(ErrnoException.class);
  }
}
