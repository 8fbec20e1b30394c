// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.control.ControlCodec;
import zonefsj.fs.cli.control.ControlReply;
import zonefsj.fs.cli.control.LineChannel;
import zonefsj.fs.cli.control.PeerTimeoutException;
import zonefsj.fs.cli.control.SocketPeer;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.host.SocketAddress;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.fuse.MountPointCheck;

/** Starts the daemon of a mount and waits until the mount is usable. */
public final class DaemonLauncher {
  private static final Logger LOG = LoggerFactory.getLogger(DaemonLauncher.class);

  /** A daemon that is not stopped connects after some seconds, then sends a line every second. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(2);

  private static final Duration END_TIMEOUT = Duration.ofSeconds(20);

  /** Exit code of a process that SIGKILL ended. */
  private static final int KILLED = 128 + 9;

  private static final Duration SIGNAL_LAG = Duration.ofMillis(200);

  private static final Duration POLL = Duration.ofMillis(10);

  private final Directories directories;
  private final String mainClass;
  private final Duration answerTimeout;
  private final Interruption interruption;

  /** Builds the arguments of the daemon. */
  @FunctionalInterface
  public interface Arguments {
    /**
     * The words after the name of the command.
     *
     * @param startupSocket socket for the daemon's reports
     * @param logFile log of the daemon
     */
    List<String> with(Path startupSocket, Path logFile);
  }

  /**
   * @param directories directories of the user
   * @param mainClass main class of the command
   * @param interruption of the command: a signal ends a daemon that has not mounted yet
   */
  public DaemonLauncher(Directories directories, String mainClass, Interruption interruption) {
    this(directories, mainClass, interruption, ANSWER_TIMEOUT);
  }

  /**
   * As {@link #DaemonLauncher(Directories, String, Interruption)}.
   *
   * @param answerTimeout how long a daemon may say nothing
   */
  public DaemonLauncher(
      Directories directories,
      String mainClass,
      Interruption interruption,
      Duration answerTimeout) {
    this.interruption = interruption;
    this.directories = directories;
    this.mainClass = mainClass;
    this.answerTimeout = answerTimeout;
  }

  /**
   * Starts a daemon.
   *
   * @param javaOptions Java options beyond the usual ones
   * @param environment variables that are added to the environment of this process
   * @param input what the daemon reads from its standard input
   * @throws UserError if the mount fails; the daemon has then ended
   */
  public void start(
      Path mountPoint,
      Arguments arguments,
      List<String> javaOptions,
      Map<String, String> environment,
      byte[] input,
      ProgressListener progress)
      throws IOException, InterruptedException {
    // The mount point gives the log its name: the daemon of an existing mount there writes to it.
    MountPointCheck.refuseMounted(mountPoint);
    DaemonFiles files = DaemonFiles.of(directories, mountPoint);
    Path runtime = directories.makePrivate(directories.runtime());
    Path socket = runtime.resolve("start." + ProcessHandle.current().pid() + ".sock");
    Files.deleteIfExists(socket);
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(SocketAddress.of(socket));
      List<String> words =
          DaemonCommand.words(mainClass, javaOptions, arguments.with(socket, files.log()));
      Map<String, String> all = new HashMap<>(environment);
      all.putAll(DaemonCommand.environment(javaOptions));
      Process daemon = startProcess(words, files, all, input.length > 0);
      boolean mounted = false;
      Runnable end = daemon::destroy;
      interruption.stopBy(end);
      try {
        write(input, daemon);
        await(daemon, listener, files, progress);
        if (interruption.isRequested()) {
          // The signal has ended the daemon, although it has just mounted.
          throw interruption.stopped();
        }
        mounted = true;
      } catch (IOException failed) {
        if (interruption.isRequested()) {
          LOG.debug("the end of the daemon, as asked", failed);
          throw interruption.stopped();
        }
        throw failed;
      } finally {
        if (!mounted) {
          awaitEnd(daemon);
          files.joinOutputToLog();
        }
        interruption.stopsNoMore(end);
      }
    } finally {
      Files.deleteIfExists(socket);
    }
  }

  private static Process startProcess(
      List<String> words, DaemonFiles files, Map<String, String> environment, boolean hasInput)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().putAll(environment);
    // A daemon must not keep the directory busy in which it was started.
    builder.directory(new File("/"));
    if (!hasInput) {
      builder.redirectInput(new File("/dev/null"));
    }
    builder.redirectErrorStream(true);
    builder.redirectOutput(files.output().toFile());
    SelfProtection.beforeStart();
    return builder.start();
  }

  private static void write(byte[] input, Process daemon) {
    if (input.length == 0) {
      return;
    }
    try (OutputStream pipe = daemon.getOutputStream()) {
      pipe.write(input);
    } catch (IOException e) {
      // A daemon that has ended already says why.
      LOG.debug("the daemon does not read its input", e);
    }
  }

  private void await(
      Process daemon, ServerSocketChannel listener, DaemonFiles files, ProgressListener progress)
      throws IOException, InterruptedException {
    try (LineChannel channel =
        new LineChannel(accept(daemon, listener, files), ControlCodec.MAX_LINE_BYTES)) {
      while (true) {
        Optional<String> line = channel.readLine(answerTimeout);
        if (line.isEmpty()) {
          throw died(daemon, files);
        }
        ControlReply reply = ControlCodec.decodeReply(line.orElseThrow());
        if (reply instanceof ControlReply.Progress step) {
          progress.progress(step.what(), step.done(), step.total());
        } else if (reply instanceof ControlReply.Failed failed) {
          throw new UserError(failed.message() + wordsOfFuse(files));
        } else if (reply instanceof ControlReply.Done) {
          return;
        }
      }
    } catch (PeerTimeoutException e) {
      daemon.destroyForcibly();
      throw new UserError(
          "the daemon did not answer for "
              + answerTimeout.toSeconds()
              + " s and was ended; see "
              + files.log(),
          e);
    }
  }

  /** Waits for the daemon's connection, or for its end; not longer than it may say nothing. */
  private SocketChannel accept(Process daemon, ServerSocketChannel listener, DaemonFiles files)
      throws IOException, InterruptedException {
    listener.configureBlocking(false);
    long startNanos = System.nanoTime();
    while (true) {
      boolean alive = daemon.isAlive();
      SocketChannel socket = listener.accept();
      if (socket != null && SocketPeer.isThisUser(socket)) {
        return socket;
      }
      if (socket != null) {
        socket.close();
      }
      if (!alive) {
        throw died(daemon, files);
      }
      if (System.nanoTime() - startNanos >= answerTimeout.toNanos()) {
        throw new PeerTimeoutException();
      }
      Thread.sleep(POLL.toMillis());
    }
  }

  private static UserError died(Process daemon, DaemonFiles files)
      throws IOException, InterruptedException {
    // Ctrl-C reaches both processes, and this one may hear of the other's end first.
    Thread.sleep(SIGNAL_LAG.toMillis());
    List<String> words = output(files);
    boolean isKilled =
        daemon.waitFor(END_TIMEOUT.toSeconds(), TimeUnit.SECONDS) && daemon.exitValue() == KILLED;
    return new UserError(
        "the daemon "
            + (isKilled
                ? "was killed, as the kernel does when a host or a cgroup has no memory left,"
                : "ended")
            + " before the mount was there"
            + (words.isEmpty() ? "" : ": " + words.get(words.size() - 1))
            + "; see "
            + files.log());
  }

  /** libfuse and fusermount print their reasons only to the daemon's standard error. */
  private static String wordsOfFuse(DaemonFiles files) throws IOException {
    return output(files).stream()
        .filter(line -> line.startsWith("fuse"))
        .reduce((earlier, later) -> later)
        .map(line -> ": " + line)
        .orElse("");
  }

  /** What the daemon's process has printed to its standard output and standard error. */
  private static List<String> output(DaemonFiles files) throws IOException {
    return Files.exists(files.output())
        ? new String(Files.readAllBytes(files.output()), StandardCharsets.UTF_8)
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .toList()
        : List.of();
  }

  /** Waits until the daemon has ended, which releases its locks. */
  private static void awaitEnd(Process daemon) throws InterruptedException {
    if (!daemon.waitFor(END_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
      daemon.destroyForcibly();
      daemon.waitFor(END_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }
  }
}
