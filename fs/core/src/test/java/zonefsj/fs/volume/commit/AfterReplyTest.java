// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import zonefsj.fs.RequestThread;
import zonefsj.fs.TestThread;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.volume.commit.CommitVolume.Event;

/** A request that needs its changes durable is answered before the index has them. */
class AfterReplyTest {
  private final CommitVolume volume = new CommitVolume();
  private final Committer committer = volume.committer(ErrorPolicy.REMOUNT_READ_ONLY);

  AfterReplyTest() throws IOException {}

  @AfterEach
  void close() throws IOException {
    volume.close();
  }

  /** The steps of a request: it commits, the test looks, and it does what is left. */
  private final class Request extends RequestThread {
    private final boolean accepts;
    private final CountDownLatch replied = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final FutureTask<Boolean> commit =
        new FutureTask<>(
            () -> {
              committer.commitForReply();
              return true;
            });

    Request(boolean accepts) {
      super("request");
      this.accepts = accepts;
      start();
    }

    @Override
    protected boolean acceptsWork() {
      return accepts;
    }

    @Override
    public void run() {
      commit.run();
      replied.countDown();
      try {
        goOn.await();
      } catch (InterruptedException stopped) {
        return;
      }
      runLeft();
    }

    Request awaitReply() throws InterruptedException, ExecutionException {
      replied.await();
      assertThat(commit.get()).isTrue();
      return this;
    }

    void finish() throws InterruptedException {
      goOn.countDown();
      join();
    }
  }

  @Test
  void theIndexTakesTheChangesAfterTheReply() throws Exception {
    volume.put(5, 1);
    Request request = new Request(true).awaitReply();
    assertThat(volume.events).containsExactly(Event.WRITE, Event.FLUSH);
    assertThat(volume.applied(5)).isEqualTo(-1);
    assertThat(volume.gate.layers().sealed()).as("where reads find them").isNotNull();
    request.finish();
    assertThat(volume.events).containsExactly(Event.WRITE, Event.FLUSH, Event.APPLY);
    assertThat(volume.applied(5)).isEqualTo(1);
    assertThat(volume.gate.layers().sealed()).isNull();
  }

  /** So that {@code st_blocks} is right after an fsync. */
  @Test
  void whatAFileTakesIsKnownAtTheReply() throws Exception {
    int bytes = 100 << 10;
    volume.write(5, 0, bytes);
    committer.commit();
    volume.write(5, 0, bytes / 2);
    volume.write(5, 2L * bytes, bytes);
    Request request = new Request(true).awaitReply();
    Batch sealed = Objects.requireNonNull(volume.gate.layers().sealed());
    assertThat(Objects.requireNonNull(sealed.fileIfAny(5)).allocatedBytes()).isEqualTo(2L * bytes);
    request.finish();
    // What replaces as much as it writes changes no number, and is known, too.
    volume.write(5, 0, bytes);
    Request another = new Request(true).awaitReply();
    sealed = Objects.requireNonNull(volume.gate.layers().sealed());
    assertThat(Objects.requireNonNull(sealed.fileIfAny(5)).allocatedBytes()).isEqualTo(2L * bytes);
    another.finish();
  }

  /** A thread that can do nothing after a reply, and one that answers no requests. */
  @Test
  void othersApplyAtOnce() throws Exception {
    volume.put(5, 1);
    Request request = new Request(false).awaitReply();
    assertThat(volume.applied(5)).isEqualTo(1);
    request.finish();
    volume.put(6, 1);
    committer.commitForReply();
    assertThat(volume.applied(6)).isEqualTo(1);
  }

  @Test
  void theNextCommitAppliesFirst() throws Exception {
    volume.put(5, 1);
    Request request = new Request(true).awaitReply();
    volume.put(5, 2);
    volume.events.clear();
    committer.commit();
    assertThat(volume.events).containsExactly(Event.APPLY, Event.WRITE, Event.FLUSH, Event.APPLY);
    assertThat(volume.applied(5)).isEqualTo(2);
    request.finish();
    assertThat(volume.events).as("nothing is left").hasSize(4);
  }

  /** Whoever commits reads the index afterwards, also if it finds everything durable. */
  @Test
  void whoCommitsFindsTheIndexUpToDate() throws Exception {
    volume.put(5, 1);
    Request request = new Request(true).awaitReply();
    committer.commit();
    assertThat(volume.applied(5)).isEqualTo(1);
    request.finish();
    assertThat(volume.events).containsExactly(Event.WRITE, Event.FLUSH, Event.APPLY);
  }

  /** A thread that has answered is free for the next request: it waits for nobody's commit. */
  @Test
  void whatAnotherThreadDoesIsNotWaitedFor() throws Exception {
    volume.put(5, 1);
    Request request = new Request(true).awaitReply();
    CountDownLatch holds = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    TestThread other =
        new TestThread(
            "other",
            () ->
                volume.log.runExclusively(
                    () -> {
                      holds.countDown();
                      try {
                        release.await();
                      } catch (InterruptedException stopped) {
                        throw new IOException(stopped);
                      }
                    }));
    holds.await();
    assertThat(volume.applied(5)).isEqualTo(1);
    request.finish();
    release.countDown();
    other.finish();
  }

  /** The data are durable; the volume takes no more changes, and the next mount applies them. */
  @Test
  void anIndexThatFailsIsNotTheFailureOfTheRequest() throws Exception {
    volume.put(5, 1);
    Request request = new Request(true).awaitReply();
    volume.index.beforeApply =
        () -> {
          throw new IOException("the index is broken");
        };
    request.finish();
    assertThat(volume.health.isReadOnly()).isTrue();
    assertThat(volume.gate.layers().sealed()).as("where reads find them").isNotNull();
    assertThatThrownBy(committer::commit).hasMessageContaining("the index is broken");
  }
}
