// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An open that takes without an end. */
@Timeout(60)
final class OpenAttemptTest {
  private final CountDownLatch answers = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);

  private Closeable open() throws InterruptedException {
    answers.await();
    return closed::countDown;
  }

  @Test
  void oneThatTakesTooLongIsGivenUpAndClosedWhenItEnds() throws Exception {
    assertThatThrownBy(() -> OpenAttempt.openWithin(10, this::open))
        .isInstanceOf(IOException.class)
        .hasMessage("it does not answer");
    answers.countDown();
    closed.await();
  }

  @Test
  void whatIsOpenedInTimeIsReturnedOpen() throws Exception {
    answers.countDown();
    Closeable opened = OpenAttempt.openSoon(this::open);
    assertThat(closed.getCount()).isEqualTo(1);
    opened.close();
  }

  @Test
  void aFailureIsThatOfTheOpen() {
    IOException failure = new IOException("there is none");
    assertThatThrownBy(
            () ->
                OpenAttempt.openSoon(
                    () -> {
                      throw failure;
                    }))
        .isSameAs(failure);
    assertThatThrownBy(
            () ->
                OpenAttempt.openSoon(
                    () -> {
                      throw new IllegalStateException("a bug");
                    }))
        .hasMessage("a bug");
  }
}
