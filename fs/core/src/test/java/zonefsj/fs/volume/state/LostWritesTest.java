// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who is told that data are lost, and how often. */
class LostWritesTest {
  private static final long INODE = 7;

  private final LostWrites lost = new LostWrites();

  private boolean tell(long handle) {
    return lost.tell(INODE, handle, () -> 5);
  }

  @Test
  void eachHandleIsToldOnce() {
    assertThat(tell(1)).isFalse();
    lost.lost(Set.of(INODE));
    assertThat(tell(1)).isTrue();
    assertThat(tell(1)).isFalse();
    assertThat(tell(5)).isTrue();
    assertThat(tell(5)).isFalse();
    assertThat(lost.tell(8, 1, () -> 5)).as("another file").isFalse();
  }

  @Test
  void aFileThatIsOpenedLaterIsNotAffectedUnlessNobodyWasTold() {
    lost.lost(Set.of(INODE));
    assertThat(lost.tell(INODE, 9, () -> 9)).isTrue();
    assertThat(tell(10)).isFalse();
    lost.lost(Set.of(INODE));
    assertThat(tell(10)).as("another loss").isTrue();
  }

  @Test
  void filesThatAreTooManyToListAreToldToo() {
    for (long inode = 1; inode <= LostWrites.MOST_FILES + 1; inode++) {
      lost.lost(Set.of(inode));
    }
    assertThat(lost.tell(1, 1, () -> 5)).isTrue();
    assertThat(lost.tell(1, 1, () -> 5)).isFalse();
    assertThat(lost.tell(2, 2, () -> 5)).isTrue();
    assertThat(lost.tell(LostWrites.MOST_FILES + 1, 3, () -> 5)).isTrue();
    assertThat(lost.tell(LostWrites.MOST_FILES + 2, 4, () -> 5))
        .as("it may be one of those")
        .isTrue();
    assertThat(lost.tell(LostWrites.MOST_FILES + 2, 6, () -> 6)).as("opened later").isFalse();
  }
}
