// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class UnmountWatchTest {
  @Test
  void whereAnUnmountIsIsLoggedAgainAndAgain() throws InterruptedException {
    BlockingQueue<String> said = new LinkedBlockingQueue<>();
    try (UnmountWatch watch = new UnmountWatch(Duration.ofMillis(10), said::add)) {
      assertThat(watch).isNotNull();
      assertThat(said.take()).contains("UnmountWatchTest.whereAnUnmountIs");
      assertThat(said.take()).contains("UnmountWatchTest.whereAnUnmountIs");
    }
  }
}
