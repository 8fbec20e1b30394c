// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.Channel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.options.MetricsAddress;

/**
 * Serves metrics and the page of one mount by HTTP/1.1, see {@link MonitorHandler}. A Unix socket
 * has the mode that the umask of the process leaves: with the launcher, 0700. Costs about 3 MB of
 * heap, and up to {@value #MOST_THREADS} threads while it has clients. Thread-safe.
 */
public final class MonitorServer implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(MonitorServer.class);

  private static final int MOST_THREADS = 8;
  private static final int LEAST_THREADS = 1;
  private static final int MOST_CONNECTIONS = 16;

  /**
   * A thread that accepts. Without one the selector does, and Jetty's limit of connections then
   * takes the listener out of the selector and puts it back: done quickly enough, that closes it.
   */
  private static final int ACCEPTORS = 1;

  /** A path without a file. */
  private static final Path NOWHERE = Path.of("/proc/self/no-such-file");

  private static final int MOST_HEADER_BYTES = 8 << 10;
  private static final int IDLE_MILLIS = 30_000;
  private static final int CROWDED_IDLE_MILLIS = 2000;
  private static final int STOP_MILLIS = 1000;

  private final MetricsAddress address;
  private final Server server;
  private final MonitorHandler handler;

  /** Which file the Unix socket is; null for TCP. */
  private final @Nullable Object socketKey;

  private @Nullable Thread sampler;

  private MonitorServer(
      MetricsAddress address, Server server, MonitorHandler handler, @Nullable Object socketKey) {
    this.address = address;
    this.server = server;
    this.handler = handler;
    this.socketKey = socketKey;
  }

  /**
   * Takes an address. Requests get 503 until {@link #show}.
   *
   * @throws UserError if it is in use, or not to be had
   */
  public static MonitorServer start(MetricsAddress wanted) throws IOException {
    QueuedThreadPool threads = new QueuedThreadPool(MOST_THREADS, LEAST_THREADS, IDLE_MILLIS);
    threads.setName("zonefsj-http");
    threads.setDaemon(true);
    Server server = new Server(threads);
    server.setStopTimeout(STOP_MILLIS);
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setSendDateHeader(false);
    http.setRequestHeaderSize(MOST_HEADER_BYTES);
    HttpConnectionFactory protocol = new HttpConnectionFactory(http);
    Path socket = wanted.socket();
    MonitorHandler handler = new MonitorHandler(HostCheck.of(wanted));
    server.setHandler(handler);
    server.addConnector(
        socket == null ? tcp(server, protocol, wanted) : unix(server, protocol, socket));
    NetworkConnectionLimit limit = new NetworkConnectionLimit(MOST_CONNECTIONS, server);
    limit.setEndPointIdleTimeout(CROWDED_IDLE_MILLIS);
    server.addBean(limit);
    startOrStop(server, wanted);
    MetricsAddress bound = wanted;
    for (Connector connector : server.getConnectors()) {
      if (connector instanceof ServerConnector tcp) {
        bound = wanted.withPort(tcp.getLocalPort());
      }
    }
    LOG.info("metrics at {}", bound.text());
    return new MonitorServer(bound, server, handler, socket == null ? null : keyOf(socket));
  }

  private static Connector tcp(Server server, HttpConnectionFactory protocol, MetricsAddress wanted)
      throws IOException {
    InetSocketAddress address;
    try {
      address = wanted.resolve();
    } catch (UnknownHostException unknown) {
      throw new UserError(
          "metrics=" + wanted.text() + ": the host has no address: " + wanted.host(), unknown);
    }
    ServerConnector connector =
        new ServerConnector(server, null, null, null, ACCEPTORS, 1, protocol);
    connector.setHost(address.getAddress().getHostAddress());
    connector.setPort(address.getPort());
    connector.setIdleTimeout(IDLE_MILLIS);
    return connector;
  }

  private static Connector unix(Server server, HttpConnectionFactory protocol, Path socket)
      throws IOException {
    removeIfDead(socket);
    UnixDomainServerConnector connector =
        new UnixDomainServerConnector(server, null, null, null, ACCEPTORS, 1, protocol);
    connector.setUnixDomainPath(socket);
    connector.setIdleTimeout(IDLE_MILLIS);
    return connector;
  }

  /** A killed daemon leaves its socket. Nothing else is removed. */
  private static void removeIfDead(Path socket) throws IOException {
    if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!isSocket(socket)) {
      throw new UserError("metrics=unix:" + socket + ": the file exists, and is no socket");
    }
    try (SocketChannel other = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      // Nobody's full queue is waited for.
      other.configureBlocking(false);
      other.connect(UnixDomainSocketAddress.of(socket));
    } catch (ConnectException dead) {
      Files.delete(socket);
      return;
    }
    throw new UserError("metrics=unix:" + socket + ": another process serves it");
  }

  private static boolean isSocket(Path path) throws IOException {
    // S_IFSOCK of stat(2)
    Object mode = Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    return mode instanceof Integer bits && (bits & 0170000) == 0140000;
  }

  @SuppressWarnings("CatchingUnchecked") // the library declares every exception
  private static void startOrStop(Server server, MetricsAddress wanted) throws IOException {
    try {
      server.start();
    } catch (Exception | Error failed) {
      stop(server);
      Throwable cause = failed;
      while (cause.getCause() != null && !(cause instanceof BindException)) {
        cause = cause.getCause();
      }
      throw new UserError(
          "metrics=" + wanted.text() + " cannot be served: " + cause.getMessage(), failed);
    }
  }

  /** Whether clients can connect: the listener is open, and a Unix socket is where it was. */
  public boolean isServing() {
    for (Connector connector : server.getConnectors()) {
      if (!connector.isRunning()
          || !(connector.getTransport() instanceof Channel listener)
          || !listener.isOpen()) {
        return false;
      }
    }
    Path socket = address.socket();
    return socket == null || Objects.equals(socketKey, keyOf(socket));
  }

  /** Null if there is none. */
  private static @Nullable Object keyOf(Path file) {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .fileKey();
    } catch (IOException gone) {
      LOG.debug("{} cannot be looked at", file, gone);
      return null;
    }
  }

  /** The address, with the port that was bound. */
  public MetricsAddress address() {
    return address;
  }

  /** Shows a mount from now on, and takes a sample of it each {@link History#INTERVAL_MILLIS}. */
  public synchronized void show(MonitoredMount mount) {
    handler.show(mount);
    Thread thread = new Thread(this::sample, "zonefsj-samples");
    thread.setDaemon(true);
    thread.start();
    sampler = thread;
  }

  @SuppressWarnings("CatchingUnchecked") // a chart with a gap is better than none
  private void sample() {
    try {
      while (true) {
        try {
          handler.sample();
        } catch (RuntimeException broken) {
          LOG.warn("a sample of the mount cannot be taken", broken);
        }
        Thread.sleep(History.INTERVAL_MILLIS);
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  /** Serves nothing any more; requests in progress may end with an error. */
  @Override
  public synchronized void close() {
    Thread thread = sampler;
    if (thread != null) {
      thread.interrupt();
    }
    leaveWhatIsNotOurs();
    stop(server);
  }

  /** Jetty deletes what lies at the path of a Unix socket, whatever it is. */
  private void leaveWhatIsNotOurs() {
    Path socket = address.socket();
    if (socket != null && !Objects.equals(socketKey, keyOf(socket))) {
      for (Connector connector : server.getConnectors()) {
        if (connector instanceof UnixDomainServerConnector unix) {
          unix.setUnixDomainPath(NOWHERE);
        }
      }
    }
  }

  @SuppressWarnings("CatchingUnchecked") // the library declares every exception
  private static void stop(Server server) {
    try {
      server.stop();
    } catch (Exception failed) {
      LOG.warn("the server of metrics does not stop", failed);
    }
  }
}
