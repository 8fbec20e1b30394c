// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.host.SocketAddress;
import zonefsj.fs.cli.host.UserError;

/**
 * The client end of the control socket: sends one request and reads its answer. Single-threaded,
 * except {@link #cancel}.
 */
public final class ControlClient implements Closeable {
  /**
   * A daemon that is silent for this long has failed: it sends a line every second while it works.
   */
  private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(20);

  /** As the C library words it in the locale of the commands. */
  private static final String EAGAIN = "Resource temporarily unavailable";

  private static final long CONNECT_AGAIN_NANOS = 50_000_000;

  /** Receives the items of an answer. */
  @FunctionalInterface
  public interface ItemSink {
    /** Receives one item. */
    void accept(Json.JsonObject item) throws IOException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(ControlClient.class);

  private final LineChannel channel;
  private volatile boolean canceled;

  private ControlClient(LineChannel channel) {
    this.channel = channel;
  }

  /**
   * Connects to a daemon of this user.
   *
   * @throws java.net.ConnectException if no process listens any more
   * @throws UserError if another user listens there, or the daemon accepts no connection
   */
  public static ControlClient connect(Path socketPath) throws IOException {
    return connect(socketPath, System.nanoTime() + RESPONSE_TIMEOUT.toNanos());
  }

  /**
   * As {@link #connect(Path)}.
   *
   * @param deadlineNanos a value of {@link System#nanoTime}: when to give up
   */
  static ControlClient connect(Path socketPath, long deadlineNanos) throws IOException {
    SocketChannel socket = open(socketPath, deadlineNanos);
    boolean connected = false;
    try {
      if (!SocketPeer.isThisUser(socket)) {
        throw new UserError(socketPath + ": another user listens there, and is not believed");
      }
      ControlClient client =
          new ControlClient(new LineChannel(socket, ControlCodec.MAX_LINE_BYTES));
      connected = true;
      return client;
    } finally {
      if (!connected) {
        socket.close();
      }
    }
  }

  /** Returns false if the queue is full: some versions of Java throw then. */
  private static boolean connectNow(SocketChannel socket, Path socketPath) throws IOException {
    try {
      return socket.connect(SocketAddress.of(socketPath));
    } catch (SocketException failed) {
      if (EAGAIN.equals(failed.getMessage())) {
        return false;
      }
      throw failed;
    }
  }

  /**
   * The queue of a daemon that accepts nothing fills with the connections of those who gave up;
   * connect(2) would then wait without a limit.
   */
  private static SocketChannel open(Path socketPath, long deadlineNanos) throws IOException {
    while (true) {
      SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
      boolean connected = false;
      try {
        socket.configureBlocking(false);
        connected = connectNow(socket, socketPath);
        if (connected) {
          socket.configureBlocking(true);
          return socket;
        }
      } finally {
        if (!connected) {
          socket.close();
        }
      }
      if (System.nanoTime() - deadlineNanos >= 0) {
        throw new UserError("the daemon of this mount accepts no connection; its log tells more");
      }
      LockSupport.parkNanos(CONNECT_AGAIN_NANOS);
    }
  }

  /**
   * Sends a request and waits for the end of the answer.
   *
   * @return the value at the end of the answer
   * @throws UserError if the daemon answers with an error, ends or falls silent
   */
  public Json.JsonObject ask(ControlRequest request, ProgressListener progress, ItemSink items)
      throws IOException {
    return ask(request, () -> RESPONSE_TIMEOUT, progress, items);
  }

  /**
   * Sends a request whose answer has no items, and waits until a deadline.
   *
   * @param deadlineNanos a value of {@link System#nanoTime}
   * @return the value at the end of the answer
   * @throws UserError if the daemon answers with an error, ends, or does not answer by the deadline
   */
  public Json.JsonObject askUntil(long deadlineNanos, ControlRequest request) throws IOException {
    return ask(
        request,
        () -> Duration.ofNanos(Math.max(0, deadlineNanos - System.nanoTime())),
        ProgressListener.NONE,
        item -> {});
  }

  /**
   * @param patience how long the daemon may be silent, counted from the call
   */
  private Json.JsonObject ask(
      ControlRequest request,
      Supplier<Duration> patience,
      ProgressListener progress,
      ItemSink items)
      throws IOException {
    try {
      send(request, patience.get());
      while (true) {
        Duration left = patience.get();
        if (left.isZero()) {
          // A daemon that sends lines but never finishes its answer is never silent.
          throw new PeerTimeoutException();
        }
        String line =
            channel
                .readLine(left)
                .orElseThrow(
                    () -> new UserError("the daemon of this mount ended before it had answered"));
        ControlReply reply = ControlCodec.decodeReply(line);
        if (reply instanceof ControlReply.Progress step) {
          progress.progress(step.what(), step.done(), step.total());
        } else if (reply instanceof ControlReply.Item item) {
          items.accept(item.value());
        } else if (reply instanceof ControlReply.Done done) {
          return done.value();
        } else if (reply instanceof ControlReply.Failed failed) {
          throw new UserError(failed.message());
        }
      }
    } catch (PeerTimeoutException e) {
      throw new UserError(
          "the daemon of this mount has not answered for "
              + RESPONSE_TIMEOUT.toSeconds()
              + " s; its log tells more",
          e);
    }
  }

  private void send(ControlRequest request, Duration timeout) throws IOException {
    try {
      channel.writeLine(ControlCodec.encode(request), timeout);
    } catch (PeerTimeoutException e) {
      throw e;
    } catch (IOException e) {
      if (canceled) {
        throw new UserError("it was interrupted before the daemon was asked", e);
      }
      // A daemon that takes no request has said why, unless it is gone.
      LOG.debug("the daemon has closed the connection", e);
    }
  }

  /** Asks the daemon to end the work for a request, whose answer is then still read. */
  public void cancel() {
    canceled = true;
    try {
      channel.endOutput();
    } catch (IOException e) {
      LOG.debug("the daemon is gone, and its work with it", e);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
