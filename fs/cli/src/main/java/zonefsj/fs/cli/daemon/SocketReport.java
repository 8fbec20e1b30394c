// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.cli.control.ControlCodec;
import zonefsj.fs.cli.control.ControlReply;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.LineChannel;
import zonefsj.fs.cli.control.PeerTimeoutException;
import zonefsj.fs.cli.host.NewSession;
import zonefsj.fs.cli.host.SocketAddress;

/**
 * The daemon's end of the startup socket, at which the command that started it waits. The socket
 * also tells the daemon when the command was canceled (Ctrl-C): the daemon then does not mount.
 *
 * <p>Threading: a separate thread watches the socket and sends heartbeats.
 */
public final class SocketReport implements StartupReport {
  private static final Logger LOG = LoggerFactory.getLogger(SocketReport.class);
  private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration HEARTBEAT = Duration.ofSeconds(1);

  private final LineChannel channel;
  private final AtomicBoolean ended = new AtomicBoolean();
  private final Runnable commandEnded;
  private final StartupWatchdog silence = new StartupWatchdog(Thread.currentThread());
  private long lastProgressNanos = System.nanoTime() - HEARTBEAT.toNanos();

  private SocketReport(LineChannel channel, Runnable commandEnded) {
    this.channel = channel;
    this.commandEnded = commandEnded;
  }

  /**
   * Connects to the command. The calling thread is the one that mounts: while it makes no progress,
   * the command shows its last step and the log where it is.
   *
   * @param socketPath path of the command's socket
   * @param commandEnded called, on another thread, if the command ends before the mount is ready
   */
  public static SocketReport connect(Path socketPath, Runnable commandEnded) throws IOException {
    SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
    boolean connected = false;
    try {
      socket.connect(SocketAddress.of(socketPath));
      // No other process will connect, and a killed command could not remove the socket.
      Files.deleteIfExists(socketPath);
      SocketReport report =
          new SocketReport(new LineChannel(socket, ControlCodec.MAX_LINE_BYTES), commandEnded);
      ThreadGuard.LOGGING.thread("zonefsj-startup", report::watch).start();
      connected = true;
      return report;
    } finally {
      if (!connected) {
        socket.close();
      }
    }
  }

  private void watch() {
    while (!ended.get()) {
      try {
        // The command never sends anything, so a line is as unexpected as the end of the stream.
        channel.readLine(HEARTBEAT);
        break;
      } catch (PeerTimeoutException e) {
        send(silence.repeated().<ControlReply>map(step -> step).orElseGet(ControlReply.Alive::new));
      } catch (IOException e) {
        LOG.debug("the startup socket ended", e);
        break;
      }
    }
    if (ended.compareAndSet(false, true)) {
      commandEnded.run();
    }
  }

  @Override
  public synchronized void progress(String what, long done, long total) {
    ControlReply.Progress step = new ControlReply.Progress(what, done, total);
    silence.step(step);
    long now = System.nanoTime();
    // A command that is stopped (Ctrl-Z) reads nothing: the reports must fit the socket for a long
    // time.
    if (now - lastProgressNanos >= HEARTBEAT.toNanos() / 5) {
      lastProgressNanos = now;
      send(step);
    }
  }

  /** {@inheritDoc} After this call no terminal ends this process. */
  @Override
  public void ready() throws IOException {
    NewSession.begin();
    Json.JsonObject pid = Json.structure().put("pid", ProcessHandle.current().pid()).build();
    if (!end(new ControlReply.Done(pid))) {
      throw new IOException("the command that wanted the mount was given up");
    }
  }

  @Override
  public void failed(String message) throws IOException {
    if (!end(new ControlReply.Failed(message))) {
      // No command listens any more; the log has the message.
      LOG.debug("not reported: {}", message);
    }
  }

  private boolean end(ControlReply reply) throws IOException {
    if (!ended.compareAndSet(false, true)) {
      return false;
    }
    channel.writeLine(ControlCodec.encode(reply), WRITE_TIMEOUT);
    return true;
  }

  private void send(ControlReply reply) {
    if (ended.get()) {
      return;
    }
    try {
      channel.writeLine(ControlCodec.encode(reply), WRITE_TIMEOUT);
    } catch (IOException e) {
      // If the command is gone, watch() notices it.
      LOG.debug("the startup socket takes nothing", e);
    }
  }

  @Override
  public void close() throws IOException {
    ended.set(true);
    channel.close();
  }
}
