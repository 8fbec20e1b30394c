// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/** A host without memory, or a signal, is no fault of a drive. */
class TransientRetryTest {
  private final List<Long> pauses = new ArrayList<>();
  private long nowNanos = Long.MAX_VALUE;
  private final TransientRetry retry = new TransientRetry(pauses::add, () -> nowNanos);

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

  private long call(LongSupplier call) {
    return retry.call(() -> "a call", call);
  }

  @Test
  void aShortageOfMemoryIsOutlasted() {
    assertThat(call(failing(20, BlockLibc.ENOMEM))).isEqualTo(42);
    assertThat(pauses).hasSize(20).allMatch(millis -> millis >= 10 && millis <= 1000);
  }

  @Test
  void aShortageWithoutEndIsAnErrorOfEachCallForAWhile() {
    assertThat(call(failing(Integer.MAX_VALUE, BlockLibc.ENOMEM))).isEqualTo(-BlockLibc.ENOMEM);
    assertThat(pauses.stream().mapToLong(Long::longValue).sum())
        .isBetween(TransientRetry.LONGEST_MILLIS, TransientRetry.LONGEST_MILLIS + 1000);
    pauses.clear();
    nowNanos += 1_000_000;
    assertThat(call(failing(1, BlockLibc.ENOMEM))).isEqualTo(-BlockLibc.ENOMEM);
    assertThat(pauses).isEmpty();
    nowNanos += TransientRetry.LONGEST_MILLIS * 1_000_000;
    assertThat(call(failing(3, BlockLibc.ENOMEM))).isEqualTo(42);
    assertThat(pauses).hasSize(3);
  }

  @Test
  void aCloseIsNotHeldUp() {
    retry.end();
    assertThat(call(failing(1, BlockLibc.ENOMEM))).isEqualTo(-BlockLibc.ENOMEM);
    assertThat(pauses).isEmpty();
  }

  @Test
  void anErrorOfTheDriveIsToldAtOnce() {
    assertThat(call(failing(1, BlockLibc.EIO))).isEqualTo(-BlockLibc.EIO);
    assertThat(pauses).isEmpty();
  }

  @Test
  void anInterruptShortensNoPauseAndIsKept() {
    Thread.currentThread().interrupt();
    try {
      long began = System.nanoTime();
      assertThat(new TransientRetry().call(() -> "a call", failing(3, BlockLibc.ENOMEM)))
          .isEqualTo(42);
      assertThat(System.nanoTime() - began).isGreaterThan(60_000_000);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void aSignalDoesNotEndACall() {
    assertThat(TransientRetry.uninterrupted(failing(3, BlockLibc.EINTR))).isEqualTo(42);
    assertThat(TransientRetry.uninterrupted(failing(1, BlockLibc.ENOMEM)))
        .as("a flush that failed is not repeated: its error is told once")
        .isEqualTo(-BlockLibc.ENOMEM);
  }
}
