// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.cli.options.MetricsAddress;
import zonefsj.fs.monitor.MonitorServer;
import zonefsj.fs.monitor.MonitoredMount;

/** The server of metrics of a mount, if there is one; it can change while mounted. Thread-safe. */
final class LiveMonitor implements Closeable {
  private @Nullable MonitorServer server;
  private @Nullable MonitoredMount mount;

  /**
   * Serves at an address, or nowhere.
   *
   * @param wanted null for nowhere
   * @throws IOException if the address is not to be had; it serves as before then
   */
  synchronized void serve(@Nullable MetricsAddress wanted) throws IOException {
    MonitorServer before = server;
    if (wanted != null && before != null && wanted.equals(before.address())) {
      return;
    }
    MonitorServer now = wanted == null ? null : MonitorServer.start(wanted);
    MonitoredMount shown = mount;
    if (now != null && shown != null) {
      now.show(shown);
    }
    server = now;
    if (before != null) {
      before.close();
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

  /** Where it serves; null: nowhere. */
  synchronized @Nullable MetricsAddress address() {
    MonitorServer serving = server;
    return serving == null ? null : serving.address();
  }

  /** Serves nowhere any more. */
  @Override
  public synchronized void close() {
    MonitorServer before = server;
    server = null;
    mount = null;
    if (before != null) {
      before.close();
    }
  }
}
