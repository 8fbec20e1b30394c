// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;
import java.net.ConnectException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.control.ControlClient.ItemSink;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.RunningProcess;
import zonefsj.fs.cli.host.UserError;

/** Sends requests to the daemon of a mount. */
public final class LiveCommand {
  private LiveCommand() {}

  /** Sends a request to the daemon of a mount. */
  public static Json.JsonObject ask(
      MountEntry entry, ControlRequest request, ProgressListener progress, ItemSink items)
      throws IOException {
    LiveMount live =
        LiveMount.of(Directories.ofCurrentUser(), entry)
            .orElseThrow(() -> new UserError(gone(entry)));
    return ask(live, request, progress, items);
  }

  /**
   * Sends a request for long work to the daemon of a mount. A signal makes the daemon end the work
   * after its current step; the answer then says what was done.
   */
  public static Json.JsonObject work(
      MountEntry entry, ControlRequest request, ProgressListener progress, StopSignal signal)
      throws IOException {
    LiveMount live =
        LiveMount.of(Directories.ofCurrentUser(), entry)
            .orElseThrow(() -> new UserError(gone(entry)));
    try (ControlClient client = ControlClient.connect(live.socket())) {
      Runnable stop = client::cancel;
      signal.stopBy(stop);
      try {
        return client.ask(request, progress, noItems());
      } finally {
        signal.stopsNoMore(stop);
      }
    } catch (ConnectException e) {
      throw new UserError(gone(live.entry()), e);
    } catch (UserError failed) {
      throw explained(live, failed);
    }
  }

  /** Sends a request to a daemon. */
  public static Json.JsonObject ask(
      LiveMount live, ControlRequest request, ProgressListener progress, ItemSink items)
      throws IOException {
    try (ControlClient client = ControlClient.connect(live.socket())) {
      return client.ask(request, progress, items);
    } catch (ConnectException e) {
      throw new UserError(gone(live.entry()), e);
    } catch (UserError failed) {
      throw explained(live, failed);
    }
  }

  /** The daemon does not say where it is, and a stopped one does not answer. */
  public static UserError explained(LiveMount live, UserError failed) {
    String words = String.valueOf(failed.getMessage());
    if (failed.getCause() instanceof PeerTimeoutException && RunningProcess.isStopped(live.pid())) {
      words =
          words.replaceFirst(
              ";.*", "; it is stopped: 'kill -CONT " + live.pid() + "' lets it continue");
    }
    String place = live.entry().mountPoint().toString();
    return words.contains(place) ? failed : new UserError(place + ": " + words, failed);
  }

  /** Refuses a mount whose daemon is gone, before any step that would wait for the daemon. */
  public static void checkAlive(MountEntry entry) throws IOException {
    if (LiveMount.of(Directories.ofCurrentUser(), entry).isEmpty()) {
      throw new UserError(gone(entry));
    }
  }

  /** Returns a sink that ignores its items, for answers without items. */
  public static ItemSink noItems() {
    return item -> {};
  }

  private static String gone(MountEntry entry) {
    return "the daemon of "
        + entry.mountPoint()
        + " is gone (killed?): run 'zonefs-j umount "
        + entry.mountPoint()
        + "', then mount again; what was synced is on the drive";
  }
}
