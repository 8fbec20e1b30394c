// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/** A host without memory, or a signal, is no fault of a drive. */
class PatientCallTest {
  private final List<Long> pauses = new ArrayList<>();

  private static LongSupplier failing(int times, int errno) {
    int[] left = {times};
    return () -> {
      if (left[0]-- > 0) {
        Native.setLastError(errno);
        return -1;
      }
      return 42;
    };
  }

  private long outlast(LongSupplier call) {
    return PatientCall.outlasting("a call", call, pauses::add);
  }

  @Test
  void aShortageOfMemoryIsOutlasted() {
    assertThat(outlast(failing(20, BlockLibc.ENOMEM))).isEqualTo(42);
    assertThat(pauses).hasSize(20).allMatch(millis -> millis >= 10 && millis <= 1000);
  }

  @Test
  void aShortageWithoutEndIsAnError() {
    assertThat(outlast(failing(Integer.MAX_VALUE, BlockLibc.ENOMEM))).isEqualTo(-BlockLibc.ENOMEM);
    assertThat(pauses.stream().mapToLong(Long::longValue).sum())
        .isBetween(PatientCall.LONGEST_MILLIS, PatientCall.LONGEST_MILLIS + 1000);
  }

  @Test
  void anErrorOfTheDriveIsToldAtOnce() {
    assertThat(outlast(failing(1, BlockLibc.EIO))).isEqualTo(-BlockLibc.EIO);
    assertThat(pauses).isEmpty();
  }

  @Test
  void aSignalDoesNotEndACall() {
    assertThat(PatientCall.uninterrupted(failing(3, BlockLibc.EINTR))).isEqualTo(42);
    assertThat(PatientCall.uninterrupted(failing(1, BlockLibc.ENOMEM)))
        .as("a flush that failed is not repeated: its error is told once")
        .isEqualTo(-BlockLibc.ENOMEM);
  }
}
