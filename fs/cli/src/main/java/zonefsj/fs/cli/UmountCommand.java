// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.control.ControlClient;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.host.DeadMount;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.host.ForeignMount;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.MountInfo;
import zonefsj.fs.cli.host.RunningProcess;
import zonefsj.fs.cli.host.Unmounter;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/** Unmounts a drive. umount(8) runs this command, too. */
@Command
final class UmountCommand extends Subcommand {
  private static final int ROOT = 0;

  /** Takes the place of bytes that are not UTF-8. */
  private static final char NO_TEXT = '\uFFFD';

  private static final Duration EXIT_TIMEOUT = Duration.ofMinutes(1);

  private static final Duration EXIT_POLL = Duration.ofMillis(10);

  @Parameters(paramLabel = "SPEC|DIR", description = "The drive or its mount point.")
  private @Nullable String specOrDirectory;

  @Option(names = "--lazy", hidden = true)
  private boolean lazy;

  @Option(names = "--force", hidden = true)
  private boolean forced;

  /** The mount that is being unmounted. */
  private volatile @Nullable LiveMount leaving;

  UmountCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, InterruptedException {
    try {
      return unmount();
    } catch (IOException failed) {
      if (RequiredArgument.of(specOrDirectory).indexOf(NO_TEXT) < 0) {
        throw failed;
      }
      // Java cannot give such a name back to the system.
      throw new UserError(
          specOrDirectory
              + ": if this name is not UTF-8, zonefs-j cannot reach it: rename the directory, or run"
              + " 'umount -i', which does not wait: "
              + failed.getMessage(),
          failed);
    }
  }

  private int unmount() throws IOException, InterruptedException {
    MountEntry entry = MountedDrive.requireToEnd(RequiredArgument.of(specOrDirectory));
    Directories directories = Directories.ofCurrentUser();
    Unmounter.Mode mode = Unmounter.Mode.of(lazy, forced);
    if (mode != Unmounter.Mode.PLAIN) {
      unmountAtOnce(entry, mode, directories.uid());
      return OK;
    }
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

  /** What umount(8) does with -l and -f: it asks no daemon, and waits for none. */
  private static void unmountAtOnce(MountEntry entry, Unmounter.Mode mode, int uid)
      throws IOException {
    if (uid == ROOT && !entry.isOf(ROOT)) {
      refuseCovering(entry);
    }
    Unmounter.unmount(entry, mode);
  }

  private static void refuseCovering(MountEntry entry) throws IOException {
    long there =
        MountInfo.read().entries().stream()
            .filter(other -> other.mountPoint().equals(entry.mountPoint()))
            .count();
    if (there > 1) {
      throw new UserError(
          entry.mountPoint()
              + " covers another mount, which could be taken instead if its user unmounts now:"
              + " end its daemon, or run 'umount -i "
              + entry.mountPoint()
              + "'");
    }
  }

  /** Root does not trust the daemon of another user, so it cannot wait for it. */
  private void unmountOfUser(MountEntry entry) throws IOException {
    refuseCovering(entry);
    if (ForeignMount.isDead(entry)) {
      DeadMount.clear(entry);
      remarkCleared(entry);
      return;
    }
    Unmounter.unmount(entry, Unmounter.Mode.PLAIN);
    console()
        .remark(
            entry.mountPoint()
                + " was mounted by user "
                + entry.mounterUid().orElse(ROOT)
                + ", whose daemon now writes what is still in memory; root cannot wait for it");
  }

  /** Returns false if the daemon does not exist any more. */
  private boolean unmountLive(LiveMount live) throws IOException, InterruptedException {
    MountEntry entry = live.entry();
    leaving = live;
    boolean elsewhere =
        MountInfo.read().entries().stream()
            .anyMatch(other -> other.device().equals(entry.device()) && other.id() != entry.id());
    UnmountOnce once = new UnmountOnce(entry);
    try (ControlClient client = ControlClient.connect(live.socket());
        ProgressPrinter progress = console().progressOnTerminal(isVerbose())) {
      if (elsewhere) {
        client.ask(new ControlRequest(ControlRequest.Action.SYNC), progress, LiveCommand.noItems());
        Unmounter.unmount(entry, Unmounter.Mode.PLAIN);
        return true;
      }
      client.ask(new ControlRequest(ControlRequest.Action.UMOUNT), progress, once);
      once.await(UnmountOnce.KERNEL_TIMEOUT);
    } catch (ConnectException e) {
      return false;
    } catch (UnmountOnce.HeldException held) {
      LiveCommand.ask(
          live,
          new ControlRequest(ControlRequest.Action.SYNC),
          ProgressListener.NONE,
          LiveCommand.noItems());
      remarkHeld(entry, held.holder());
      return true;
    } catch (UserError failed) {
      // The daemon ends all the same, and holds the drive until it has.
      if (once.isUnmounted() && !endsInTime(live.pid())) {
        console().remark(doesNotEnd(live.pid()));
      }
      throw LiveCommand.explained(live, failed);
    }
    if (!endsInTime(live.pid())) {
      throw new UserError("it is unmounted and on the drive, but " + doesNotEnd(live.pid()));
    }
    return true;
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    LiveMount live = leaving;
    if (moment.state() == Interruption.State.ENDED || live == null) {
      return "";
    }
    try {
      List<MountEntry> mounts = MountInfo.read().entries();
      if (mounts.stream().anyMatch(at -> at.id() == live.entry().id())) {
        return live.entry().mountPoint() + " stays mounted, and its daemon writes on";
      }
      if (mounts.stream().anyMatch(at -> at.device().equals(live.entry().device()))) {
        return live.entry().mountPoint()
            + " is unmounted, but the filesystem is still mounted elsewhere";
      }
    } catch (IOException e) {
      return "whether it is mounted is not known: " + e.getMessage();
    }
    return "it is unmounted, and its daemon (process "
        + live.pid()
        + ") writes the rest; until it has ended, the drive is in use";
  }

  /** The filesystem continues, as after any unmount of one of several mounts. */
  private void remarkHeld(MountEntry entry, String holder) {
    console()
        .remark(
            entry.mountPoint()
                + " is unmounted and on the drive, but the filesystem is still mounted elsewhere"
                + (holder.isEmpty() ? "" : ": " + holder)
                + "; the drive is in use until that ends");
  }

  /** Everything is closed at this point; the process ends a moment later. */
  private static boolean endsInTime(long pid) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + EXIT_TIMEOUT.toNanos();
    while (RunningProcess.isRunning(pid)) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      Thread.sleep(EXIT_POLL.toMillis());
    }
    return true;
  }

  private static String doesNotEnd(long pid) {
    return "its daemon (process " + pid + ") does not end";
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
    remarkCleared(entry);
    Path runtime = directories.runtime();
    if (Files.isDirectory(runtime, LinkOption.NOFOLLOW_LINKS)) {
      LiveMount.removeStaleSockets(directories.makePrivate(runtime));
    }
  }

  private void remarkCleared(MountEntry entry) {
    console()
        .remark(
            "the daemon of "
                + entry.mountPoint()
                + " was gone (killed?), its dead mount is cleared; what was synced is on the"
                + " drive");
  }
}
