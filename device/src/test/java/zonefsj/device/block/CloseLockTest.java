// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.StampedLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CloseLockTest {
  private static final Duration SHORT = Duration.ofMillis(50);

  @Test
  void anAccessThatDoesNotReturnHoldsUpNoClose() throws IOException {
    StampedLock accesses = new StampedLock();
    long access = accesses.readLock();
    assertThatThrownBy(() -> CloseLock.await(accesses, "the drive", SHORT))
        .isInstanceOf(IOException.class)
        .hasMessage("the drive stays open: an access to it does not return");
    accesses.unlockRead(access);
    accesses.unlockWrite(CloseLock.await(accesses, "the drive", SHORT));
  }

  @Test
  void anInterruptIsKept() throws IOException {
    StampedLock accesses = new StampedLock();
    Thread.currentThread().interrupt();
    accesses.unlockWrite(CloseLock.await(accesses, "the drive"));
    accesses.readLock();
    assertThatThrownBy(() -> CloseLock.await(accesses, "the drive"))
        .isInstanceOf(IOException.class);
    assertThat(Thread.interrupted()).isTrue();
  }
}
