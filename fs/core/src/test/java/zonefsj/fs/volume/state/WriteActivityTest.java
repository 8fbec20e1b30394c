// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import zonefsj.fs.TestThread;

/** When applications last wrote, and how much. */
class WriteActivityTest {
  private final AtomicLong now = new AtomicLong(5_000);
  private final WriteActivity activity = new WriteActivity(now::get);

  @Test
  void idleIsSinceTheMountAndThenSinceTheLastWrite() {
    assertThat(activity.idleMillis()).isZero();
    now.addAndGet(700);
    assertThat(activity.idleMillis()).isEqualTo(700);
    activity.written(10);
    assertThat(activity.idleMillis()).isZero();
    now.addAndGet(3);
    assertThat(activity.idleMillis()).isEqualTo(3);
  }

  @Test
  void bytesOfAllThreadsCount() throws Exception {
    TestThread[] writers = new TestThread[4];
    for (int thread = 0; thread < writers.length; thread++) {
      writers[thread] =
          new TestThread(
              "writer " + thread,
              () -> {
                for (int write = 0; write < 10_000; write++) {
                  activity.written(Integer.MAX_VALUE);
                }
              });
    }
    for (TestThread writer : writers) {
      writer.finish();
    }
    assertThat(activity.bytes()).isEqualTo(40_000L * Integer.MAX_VALUE);
  }
}
