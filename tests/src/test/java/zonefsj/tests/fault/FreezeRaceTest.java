// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;

/** After a remount to read-only nothing waits for a commit, whoever wrote at the same time. */
final class FreezeRaceTest {
  private static final int ROUNDS = 300;
  private static final int WRITERS = 3;

  /**
   * @param synced whether the writers sync, so that often no batch waits when the freeze begins
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWasAnsweredBeforeAFreezeIsOnTheDriveAfterIt(boolean synced) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.geometry(100))) {
      for (int writer = 0; writer < WRITERS; writer++) {
        drive.writeDurably("f" + writer, new byte[1]);
      }
      for (int round = 0; round < ROUNDS; round++) {
        List<Future<?>> writers = new ArrayList<>();
        for (int writer = 0; writer < WRITERS; writer++) {
          String file = "f" + writer;
          writers.add(
              threads.submit(
                  () -> {
                    writeUntilRefused(drive, file, synced);
                    return null;
                  }));
        }
        Thread.sleep(1);
        drive.volume().freeze();
        for (Future<?> writer : writers) {
          writer.get();
        }
        assertThat(drive.volume().counters().dirtyBytes())
            .as("changes that wait for a commit, in round %d", round)
            .isZero();
        drive.volume().thaw();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static void writeUntilRefused(FaultyVolume drive, String file, boolean synced)
      throws Exception {
    while (true) {
      try {
        drive.truncate(file, 10);
        drive.truncate(file, 20);
        if (synced) {
          drive.fsync(file);
        }
      } catch (ErrnoException refused) {
        assertThat(refused.errno()).isEqualTo(Errno.EROFS);
        return;
      }
    }
  }
}
