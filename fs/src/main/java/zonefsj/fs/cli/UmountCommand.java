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
import zonefsj.fs.cli.control.Json;
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
  private static final int ROOT = 0;
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
    Directories directories = Directories.ofCurrentUser();
    if (directories.uid() == ROOT && !entry.isOf(ROOT)) {
      unmountOfUser(entry);
      return OK;
    }
    Optional<LiveMount> live = LiveMount.of(directories, entry);
    if (live.isEmpty() || !unmountLive(live.orElseThrow())) {
      unmountDead(entry, directories);
    }
    return OK;
  }

  /** Root relies on nothing that another user's daemon says, so it cannot wait for it. */
  private void unmountOfUser(MountEntry entry) throws IOException {
    Unmounter.unmount(entry, Unmounter.Mode.PLAIN);
    console()
        .remark(
            entry.mountPoint()
                + " was mounted by user "
                + entry.mounterUid().orElse(ROOT)
                + ", whose daemon now writes what is still in memory; root cannot wait for it");
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
        Unmounter.unmount(entry, Unmounter.Mode.PLAIN);
        return true;
      }
      Json.Structure end =
          client.ask(
              new ControlRequest(ControlRequest.Action.UMOUNT),
              progress,
              item -> Unmounter.unmount(entry, Unmounter.Mode.PLAIN));
      if (end.has("held_by")) {
        remarkHeld(entry, end.text("held_by"));
        return true;
      }
    } catch (ConnectException e) {
      return false;
    }
    awaitExit(live.pid());
    return true;
  }

  /** As after any unmount of one of several mounts, the filesystem lives on. */
  private void remarkHeld(MountEntry entry, String holder) {
    console()
        .remark(
            entry.mountPoint()
                + " is unmounted and on the drive, but stays mounted in another mount namespace"
                + (holder.isEmpty() ? "" : ", that of " + holder)
                + ": the drive is in use until that ends");
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

  private void unmountDead(MountEntry entry, Directories directories) throws IOException {
    if (!DeadMount.isDead(entry)) {
      throw new UserError(
          "the daemon of "
              + entry.mountPoint()
              + " cannot be asked, its control socket is gone: 'umount -i "
              + entry.mountPoint()
              + "' unmounts without waiting");
    }
    DeadMount.clear(entry);
    LiveMount.removeStaleSockets(directories.runtime());
    console()
        .remark(
            "the daemon of "
                + entry.mountPoint()
                + " was gone (killed?), its dead mount is cleared; what was synced is on the"
                + " drive");
  }
}
