// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;

/**
 * One request in progress, for the thread that handles it. The heartbeat thread also sends through
 * it.
 */
public final class ControlSession implements ProgressListener {
  private static final Logger LOG = LoggerFactory.getLogger(ControlSession.class);
  private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(10);

  private final LineChannel channel;
  private final CompletableFuture<Void> peerGone = new CompletableFuture<>();
  private volatile boolean canceled;
  private volatile @Nullable Supplier<ControlReply> heartbeat;

  ControlSession(LineChannel channel) {
    this.channel = channel;
  }

  /** Sends one item of the answer. */
  public void item(Json.JsonObject value) throws IOException {
    send(new ControlReply.Item(value));
  }

  /** Sends the progress of the work. The work continues even if the client has disconnected. */
  @Override
  public void progress(String what, long done, long total) {
    offer(new ControlReply.Progress(what, done, total));
  }

  /** Whether the client wants the work to go on. The answer to a client that does not is read. */
  public boolean goesOn() {
    return !canceled && !peerGone.isDone();
  }

  /**
   * Runs work that cannot tell how far it is. Meanwhile its progress is sent each second.
   *
   * @param progress reports it once; another thread calls this
   */
  public <T> T during(Consumer<ProgressListener> progress, ControlAction<T> action)
      throws IOException, ErrnoException, InterruptedException {
    heartbeat =
        () -> {
          ControlReply[] reply = {new ControlReply.Alive()};
          progress.accept(
              (what, done, total) -> reply[0] = new ControlReply.Progress(what, done, total));
          return reply[0];
        };
    try {
      return action.run();
    } finally {
      heartbeat = null;
    }
  }

  /** Work for a client. */
  @FunctionalInterface
  public interface ControlAction<T> {
    /** Does it. */
    T run() throws IOException, ErrnoException, InterruptedException;
  }

  /** Completes when the client has disconnected, or has not read an item or the end in time. */
  public CompletableFuture<Void> peerGone() {
    return peerGone;
  }

  void alive() {
    lookForEnd();
    Supplier<ControlReply> progress = heartbeat;
    offer(progress == null ? new ControlReply.Alive() : progress.get());
  }

  /** A client that is stopped for a while, as by Ctrl-Z, misses what it does not read. */
  private void offer(ControlReply reply) {
    if (peerGone.isDone()) {
      return;
    }
    try {
      channel.offerLine(ControlCodec.encode(reply));
    } catch (IOException e) {
      peerGone.complete(null);
      LOG.debug("a client of the control socket went away", e);
    }
  }

  private void lookForEnd() {
    try {
      canceled |= channel.isAtEnd();
    } catch (IOException e) {
      LOG.debug("a client of the control socket sends what is no line", e);
      canceled = true;
    }
  }

  /** Sends the end of the answer, for which it waits a limited time. */
  void sendIfThere(ControlReply reply) {
    if (peerGone.isDone()) {
      return;
    }
    try {
      send(reply);
    } catch (IOException e) {
      LOG.debug("a client of the control socket went away", e);
    }
  }

  private void send(ControlReply reply) throws IOException {
    try {
      channel.writeLine(ControlCodec.encode(reply), WRITE_TIMEOUT);
    } catch (IOException e) {
      peerGone.complete(null);
      throw e;
    }
  }
}
