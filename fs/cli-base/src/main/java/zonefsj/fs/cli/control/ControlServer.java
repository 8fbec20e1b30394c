// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.cli.host.SocketAddress;
import zonefsj.fs.cli.host.UserError;

/**
 * The server end of the control socket. One thread accepts connections, one thread serves each
 * connection, and one thread sends heartbeats to the clients that wait.
 */
public final class ControlServer implements Closeable {
  /** Interval at which a working daemon sends a line to its client. */
  static final Duration HEARTBEAT = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(5);
  private static final int MAX_CONNECTIONS = 32;

  /** Requests at once of those that can take long; others, such as an unmount, have the rest. */
  private static final int MAX_LONG_REQUESTS = 24;

  private static final Set<ControlRequest.Action> SHORT =
      EnumSet.of(ControlRequest.Action.STATUS, ControlRequest.Action.UMOUNT);

  private final Path path;
  private final ControlHandler handler;
  private final ThreadGuard guard;
  private final ServerSocketChannel listener;
  private final ExecutorService connections;
  private final ScheduledThreadPoolExecutor heartbeats;
  private final AtomicInteger longRequests = new AtomicInteger();

  private ControlServer(
      Path path, ControlHandler handler, ThreadGuard guard, ServerSocketChannel listener) {
    this.path = path;
    this.handler = handler;
    this.guard = guard;
    this.listener = listener;
    this.connections =
        new ThreadPoolExecutor(
            0,
            MAX_CONNECTIONS,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            guard.requestThreads("zonefsj-control"));
    this.heartbeats =
        new ScheduledThreadPoolExecutor(1, guard.requestThreads("zonefsj-control-heartbeat"));
    // A host may lack threads later.
    heartbeats.prestartCoreThread();
  }

  /**
   * Starts to listen.
   *
   * @param path path of the socket, in a directory that only its user may enter
   * @param guard guards all threads of the server
   */
  public static ControlServer start(Path path, ControlHandler handler, ThreadGuard guard)
      throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    boolean started = false;
    try {
      listener.bind(SocketAddress.of(path));
      ControlServer server = new ControlServer(path, handler, guard, listener);
      guard.thread("zonefsj-control-accept", server::acceptAll).start();
      started = true;
      return server;
    } finally {
      if (!started) {
        listener.close();
      }
    }
  }

  private void acceptAll() {
    while (listener.isOpen()) {
      try {
        accept(listener.accept());
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        // The process may be out of descriptors. Others may give some back, so this neither spins
        // nor gives up.
        LOG.warn("the control socket could not accept a connection", e);
        try {
          Thread.sleep(HEARTBEAT.toMillis());
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }

  private void accept(SocketChannel socket) throws IOException {
    if (!SocketPeer.isThisUser(socket)) {
      LOG.warn("another user tried to use the control socket");
      socket.close();
      return;
    }
    try {
      connections.execute(() -> serve(socket));
    } catch (RejectedExecutionException e) {
      LOG.warn("more than {} connections to the control socket at once", MAX_CONNECTIONS);
      refuse(socket);
    } catch (OutOfMemoryError none) {
      LOG.warn("a request to the control socket is not answered: {}", none.getMessage());
      socket.close();
    }
  }

  /** The first line always fits the buffer of a socket. */
  private static void refuse(SocketChannel socket) {
    try (socket;
        LineChannel channel = new LineChannel(socket, ControlCodec.MAX_LINE_BYTES)) {
      channel.offerLine(ControlCodec.encode(new ControlReply.Failed(tooMany(MAX_CONNECTIONS))));
    } catch (IOException e) {
      LOG.debug("a client of the control socket went away", e);
    }
  }

  private static String tooMany(int requests) {
    return requests
        + " requests to this mount are in progress, and it takes no more: wait, or look at what its"
        + " drive does";
  }

  private void serve(SocketChannel socket) {
    try (socket;
        LineChannel channel = new LineChannel(socket, ControlCodec.MAX_LINE_BYTES)) {
      Optional<String> line = channel.readLine(REQUEST_TIMEOUT);
      if (line.isPresent()) {
        answer(line.orElseThrow(), new ControlSession(channel));
      }
    } catch (IOException e) {
      LOG.info("a connection to the control socket ended early: {}", e.toString());
    }
  }

  private void answer(String line, ControlSession session) {
    ScheduledFuture<?> heartbeat =
        heartbeats.scheduleAtFixedRate(
            guard.task("the heartbeat of the control socket", session::alive),
            HEARTBEAT.toMillis(),
            HEARTBEAT.toMillis(),
            TimeUnit.MILLISECONDS);
    ControlReply end;
    try {
      end = new ControlReply.Done(handle(ControlCodec.decodeRequest(line), session));
    } catch (IOException | ErrnoException e) {
      LOG.info("a request to the control socket failed: {}", e.getMessage());
      end = new ControlReply.Failed(wordsOf(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      end = new ControlReply.Failed("the daemon is ending");
    } catch (RuntimeException | Error e) {
      guard.report("a request to the control socket", e);
      end = new ControlReply.Failed("internal error: " + e);
    } finally {
      heartbeat.cancel(false);
    }
    session.sendIfThere(end);
  }

  private Json.JsonObject handle(ControlRequest request, ControlSession session)
      throws IOException, ErrnoException, InterruptedException {
    if (SHORT.contains(request.action())) {
      return handler.handle(request, session);
    }
    try {
      if (longRequests.incrementAndGet() > MAX_LONG_REQUESTS) {
        throw new UserError(tooMany(MAX_LONG_REQUESTS));
      }
      return handler.handle(request, session);
    } finally {
      longRequests.decrementAndGet();
    }
  }

  private static String wordsOf(Exception e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message;
  }

  /** Stops listening, removes the socket, and waits a limited time for answers in progress. */
  @Override
  public void close() throws IOException {
    listener.close();
    Files.deleteIfExists(path);
    connections.shutdown();
    try {
      if (!connections.awaitTermination(DRAIN_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn("requests to the control socket were still being answered at the end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    connections.shutdownNow();
    heartbeats.shutdownNow();
  }
}
