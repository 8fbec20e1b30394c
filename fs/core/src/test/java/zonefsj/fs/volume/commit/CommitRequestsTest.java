// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import zonefsj.fs.TestThread;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.meta.ColumnFamily;

/** Whoever asks for a commit gets one, by the thread that serves or by himself. */
class CommitRequestsTest {
  private static final long LONG_MILLIS = 600_000;
  private static final int THREADS = 3;
  private static final int CHANGES = 200;

  private static final CommitRequests.Relief NO_RELIEF =
      new CommitRequests.Relief() {
        @Override
        public boolean canWait() {
          return false;
        }

        @Override
        public boolean relieve(BooleanSupplier mustStop) {
          return false;
        }
      };

  private final CommitVolume volume = new CommitVolume();
  private final Committer committer = volume.committer(ErrorPolicy.REMOUNT_READ_ONLY);
  private final CommitRequests requests = new CommitRequests(committer, NO_RELIEF);

  CommitRequestsTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    volume.close();
  }

  @Test
  void whoAsksCommitsByHimselfWhileNobodyServes() throws Exception {
    volume.put(5, 1);
    requests.request();
    assertThat(volume.log.commits()).isEqualTo(1);
    assertThat(requests.await(0)).as("served already").isFalse();
  }

  @Test
  void whoAsksDoesNotCommitWhileAThreadServes() throws Exception {
    requests.serve();
    volume.put(5, 1);
    requests.request();
    assertThat(volume.log.commits()).isZero();
    assertThat(requests.await(LONG_MILLIS)).isTrue();
  }

  /** The writer that has asked waits for memory then, and hears there that none will come. */
  @Test
  void aCommitThatFailsIsNotTheFailureOfWhoAsks() {
    volume.put(5, 1);
    volume.log.failIncompleteChange();
    requests.request();
    assertThat(volume.log.commits()).isZero();
  }

  @Test
  void aRequestCountsOnce() throws Exception {
    requests.serve();
    requests.request();
    requests.request();
    assertThat(requests.await(0)).isTrue();
    assertThat(requests.await(0)).isFalse();
    assertThat(requests.await(-5)).isFalse();
  }

  @Test
  void aRequestOrAWakeEndsTheWait() throws Exception {
    requests.serve();
    for (TestThread.Step step : List.<TestThread.Step>of(requests::request, requests::wake)) {
      TestThread server =
          new TestThread("server", () -> assertThat(requests.await(LONG_MILLIS)).isTrue());
      server.awaitWaiting();
      step.run();
      server.finish();
    }
  }

  /** A request that comes while the thread that serves commits is for the next commit. */
  @Test
  void noRequestIsLost() throws Exception {
    requests.serve();
    List<TestThread> writers = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      int first = 1 + thread * CHANGES;
      writers.add(
          new TestThread(
              "writer " + thread,
              () -> {
                for (int inode = first; inode < first + CHANGES; inode++) {
                  volume.put(inode, 1);
                  requests.request();
                }
              }));
    }
    TestThread server =
        new TestThread(
            "server",
            () -> {
              while (volume.keys(ColumnFamily.INODES) < THREADS * CHANGES) {
                assertThat(requests.await(LONG_MILLIS)).isTrue();
                committer.commit();
              }
            });
    for (TestThread writer : writers) {
      writer.finish();
    }
    server.finish();
    assertThat(volume.gate.layers().open().isEmpty()).isTrue();
  }
}
