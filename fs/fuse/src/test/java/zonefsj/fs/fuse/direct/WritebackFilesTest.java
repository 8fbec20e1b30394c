// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import zonefsj.fs.Attributes;
import zonefsj.fs.FileMode;

/** The kernel never keeps a number of blocks that a writer has made wrong. */
final class WritebackFilesTest {
  private static final long INODE = 7;
  private static final long HANDLE = 70;

  private final List<Long> outdated = new ArrayList<>();
  private final WritebackFiles files = new WritebackFiles(true, outdated::add);

  private static Attributes of(long allocatedBytes) {
    Instant time = Instant.EPOCH;
    return new Attributes(
        INODE, 1, FileMode.REGULAR, 1, 0, 0, 0, 9000, allocatedBytes, time, time, time, time);
  }

  private void open() {
    files.beginWriter(INODE);
    files.opened(HANDLE);
  }

  @Test
  void whatIsToldBesideAWriterEndsWithIt() {
    open();
    Attributes told = files.forKernel(of(0));
    assertThat(told.allocatedBytes()).isPositive();
    assertThat(told.estimated()).isFalse();
    files.released(HANDLE, INODE);
    assertThat(outdated).containsExactly(INODE);
    assertThat(files.forKernel(of(4096)).estimated()).isFalse();
  }

  /** A reply with what was before it may be on its way to the kernel. */
  @Test
  void theEndOfTheLastWriterIsToldThoughNobodyAskedMeanwhile() {
    Attributes before = files.forKernel(of(4096));
    open();
    files.beginWriter(INODE);
    files.endWriter(INODE);
    assertThat(outdated).isEmpty();
    files.released(HANDLE, INODE);
    assertThat(outdated).containsExactly(INODE);
    assertThat(files.forKernel(of(4096))).isEqualTo(before);
  }
}
