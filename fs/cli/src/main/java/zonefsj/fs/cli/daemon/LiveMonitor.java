// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ClockText;
import zonefsj.fs.cli.host.TrustedPath;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.options.MetricsAddress;
import zonefsj.fs.cli.terminal.ErrorLine;
import zonefsj.fs.monitor.MonitorServer;
import zonefsj.fs.monitor.MonitoredMount;

/**
 * The server of metrics of a mount, if there is one; it can change while mounted. A thread looks
 * after it: what does not serve is begun again each {@value #AGAIN_SECONDS} s. Thread-safe; what
 * tells the address and the failure does not wait, because the server's own threads ask for them.
 */
final class LiveMonitor implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(LiveMonitor.class);
  private static final long AGAIN_SECONDS = 5;

  private final Path mountPoint;
  private final int uid;
  private @Nullable MonitorServer server;
  private @Nullable MonitoredMount mount;
  private @Nullable Thread watcher;
  private boolean closed;
  private volatile @Nullable MetricsAddress address;

  private Instant failingSince = Instant.EPOCH;

  /** Why and since when it does not serve; empty: it serves, or is not to. */
  private volatile String failure = "";

  /**
   * @param mountPoint where no socket may be
   * @param uid user of the daemon
   */
  LiveMonitor(Path mountPoint, int uid) {
    this.mountPoint = mountPoint;
    this.uid = uid;
  }

  /**
   * Serves at an address, or nowhere.
   *
   * @param wanted null for nowhere
   * @throws IOException if the address is not to be had; it serves as before then
   */
  synchronized void serve(@Nullable MetricsAddress wanted) throws IOException {
    closeIfDead();
    MonitorServer before = server;
    if (wanted != null && before != null && wanted.equals(before.address())) {
      return;
    }
    MonitorServer now;
    try {
      now = wanted == null ? null : start(wanted);
    } catch (IOException refused) {
      if (wanted == null || before == null || !wanted.sharesPort(before.address())) {
        throw refused;
      }
      // Both can be had only one after the other: 0.0.0.0 takes the port of each address.
      moveTo(wanted, before);
      return;
    }
    use(now);
    if (before != null) {
      before.close();
    }
  }

  private void closeIfDead() {
    MonitorServer dead = server;
    if (dead != null && !dead.isServing()) {
      server = null;
      dead.close();
      failed(dead.address(), "metrics=" + dead.address().text() + ": the listener has ended");
    }
  }

  private void moveTo(MetricsAddress wanted, MonitorServer before) throws IOException {
    before.close();
    server = null;
    try {
      use(start(wanted));
    } catch (IOException refused) {
      serveOrWatch(before.address());
      throw refused;
    }
  }

  private void use(@Nullable MonitorServer now) {
    server = now;
    address = now == null ? null : now.address();
    failure = "";
    MonitoredMount shown = mount;
    if (now != null && shown != null) {
      now.show(shown);
    }
    if (now == null) {
      stopWatching();
    } else {
      watch();
    }
  }

  /**
   * Serves at an address as soon as it is to be had: data matter more than figures, and at boot a
   * network may come later.
   *
   * @throws UserError if the address is one that is never to be had
   */
  synchronized void serveWhenPossible(@Nullable MetricsAddress wanted) throws IOException {
    if (wanted != null) {
      checkSocket(wanted);
      serveOrWatch(wanted);
    }
  }

  private void serveOrWatch(MetricsAddress wanted) {
    try {
      use(start(wanted));
    } catch (IOException notNow) {
      failed(wanted, ErrorLine.words(notNow));
      watch();
    }
  }

  /** Since when it does not serve stays what it was. */
  private void failed(MetricsAddress wanted, String why) {
    if (failure.isEmpty()) {
      LOG.error("{}; it is tried again each {} s", why, AGAIN_SECONDS);
      failingSince = Instant.now();
    }
    failure = "not served since " + ClockText.of(failingSince) + ": " + why;
    address = wanted;
  }

  private void watch() {
    if (watcher == null) {
      Thread thread = new Thread(this::lookAfter, "zonefsj-metrics");
      thread.setDaemon(true);
      thread.start();
      watcher = thread;
    }
  }

  private void lookAfter() {
    try {
      while (true) {
        TimeUnit.SECONDS.sleep(AGAIN_SECONDS);
        synchronized (this) {
          MetricsAddress wanted = address;
          if (closed || wanted == null || Thread.currentThread() != watcher) {
            return;
          }
          closeIfDead();
          if (server == null) {
            serveOrWatch(wanted);
          }
        }
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private void stopWatching() {
    Thread thread = watcher;
    watcher = null;
    if (thread != null) {
      thread.interrupt();
    }
  }

  /** A bug in a library must not end the mount. */
  @SuppressWarnings("CatchingUnchecked")
  private MonitorServer start(MetricsAddress wanted) throws IOException {
    checkSocket(wanted);
    try {
      return MonitorServer.start(wanted);
    } catch (RuntimeException | Error bug) {
      LOG.error("metrics cannot be served", bug);
      throw new UserError("metrics=" + wanted.text() + " cannot be served: " + bug, bug);
    }
  }

  private void checkSocket(MetricsAddress wanted) throws IOException {
    Path socket = wanted.socket();
    if (socket != null) {
      IndexDirectoryCheck.checkOutside("metrics=" + wanted.text(), socket, mountPoint);
      Path directory = socket.getParent();
      if (directory != null) {
        TrustedPath.checkForNewNames(directory, uid);
      }
    }
  }

  /** Shows a mount from now on. */
  synchronized void show(MonitoredMount shown) {
    mount = shown;
    MonitorServer serving = server;
    if (serving != null) {
      serving.show(shown);
    }
  }

  /** Where it serves, or will as soon as it can; null: nowhere. */
  @Nullable MetricsAddress address() {
    return address;
  }

  /** Why and since when it does not serve; empty: it serves, or is not to. */
  String failure() {
    return failure;
  }

  /** Serves nowhere any more. */
  @Override
  public synchronized void close() {
    closed = true;
    stopWatching();
    MonitorServer before = server;
    server = null;
    address = null;
    failure = "";
    mount = null;
    if (before != null) {
      before.close();
    }
  }
}
