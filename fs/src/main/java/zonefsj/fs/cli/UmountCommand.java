package zonefsj.fs.cli;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import zonefsj.fs.cli.control.ControlClient;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.host.DeadMount;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.MountInfo;
import zonefsj.fs.cli.host.RunningProcess;
import zonefsj.fs.cli.host.Unmounter;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/** Unmounts. umount(8) calls it, too. */
@Command
final class UmountCommand extends Subcommand {
  private static final Duration EXIT_TIMEOUT = Duration.ofMinutes(1);
  private static final Duration EXIT_POLL = Duration.ofMillis(10);

  @Parameters(paramLabel = "DIR", description = "Where it is mounted.")
  private @Nullable Path directory;

  UmountCommand(Console console) {
    super(console);
  }

  @Override
  int run() throws IOException, InterruptedException {
    MountEntry entry = LiveMount.entryOf(Given.of(directory), LiveMount.Scope.MOUNT_POINT);
    Optional<LiveMount> live = LiveMount.of(Directories.ofCurrentUser(), entry);
    if (live.isEmpty() || !unmountLive(live.orElseThrow())) {
      unmountDead(entry);
    }
    return OK;
  }

  /** Returns false if the daemon is not there any more. */
  private boolean unmountLive(LiveMount live) throws IOException, InterruptedException {
    MountEntry entry = live.entry();
    boolean elsewhere =
        MountInfo.read().entries().stream()
            .anyMatch(
                other ->
                    other.device().equals(entry.device())
                        && !other.mountPoint().equals(entry.mountPoint()));
    try (ControlClient client = ControlClient.connect(live.socket());
        ProgressPrinter progress = console().progress()) {
      if (elsewhere) {
        client.ask(new ControlRequest(ControlRequest.Action.SYNC), progress, LiveCommand.noItems());
        Unmounter.unmount(entry.mountPoint(), Unmounter.Mode.PLAIN);
        return true;
      }
      client.ask(
          new ControlRequest(ControlRequest.Action.UMOUNT),
          progress,
          item -> Unmounter.unmount(entry.mountPoint(), Unmounter.Mode.PLAIN));
    } catch (ConnectException e) {
      return false;
    }
    awaitExit(live.pid());
    return true;
  }

  /** Everything is closed by now; the process itself ends a moment later. */
  private static void awaitExit(long pid) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + EXIT_TIMEOUT.toNanos();
    while (RunningProcess.isRunning(pid)) {
      if (System.nanoTime() - deadline > 0) {
        throw new UserError(
            "it is unmounted and on the drive, but its daemon (process " + pid + ") does not end");
      }
      Thread.sleep(EXIT_POLL.toMillis());
    }
  }

  private void unmountDead(MountEntry entry) throws IOException {
    if (!DeadMount.isDead(entry)) {
      throw new UserError(
          "the daemon of "
              + entry.mountPoint()
              + " cannot be asked, its control socket is gone: 'umount -i "
              + entry.mountPoint()
              + "' unmounts without waiting");
    }
    DeadMount.clear(entry.mountPoint());
    LiveMount.removeStaleSockets(Directories.ofCurrentUser().runtimeOf(entry));
    console()
        .remark(
            "the daemon of "
                + entry.mountPoint()
                + " was gone (killed?), its dead mount is cleared; what was synced is on the"
                + " drive");
  }
}
