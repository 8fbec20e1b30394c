// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server of a store in a process of its own, on the loopback address. It ends when it is closed.
 */
public final class StoreServer implements AutoCloseable {
  private static final long START_NANOS = 120_000_000_000L;
  private static final int CONNECT_MILLIS = 1000;

  private final List<String> command;
  private final File log;
  private final int port;
  private Process process;

  private StoreServer(List<String> command, Path directory, int port) throws IOException {
    this.command = command;
    this.log = directory.resolve("server.log").toFile();
    this.port = port;
    this.process = start();
  }

  /** The server by another name: Debian's package redis-server would start one on this host. */
  private static final Path REDIS = Path.of("/usr/bin/redis-check-rdb");

  /**
   * A Redis server that keeps what it has acknowledged.
   *
   * @param directory for its files
   * @param more settings, which override
   */
  public static StoreServer redis(Path directory, String... more) throws IOException {
    int port = freePort();
    Path server = Files.createSymbolicLink(directory.resolve("redis-server"), REDIS);
    List<String> command = new ArrayList<>(List.of(server.toString(), "--bind", "127.0.0.1"));
    command.addAll(List.of("--port", Integer.toString(port)));
    command.addAll(List.of("--dir", directory.toString(), "--save", ""));
    command.addAll(List.of("--appendonly", "yes", "--appendfsync", "always"));
    command.addAll(List.of(more));
    return new StoreServer(command, directory, port);
  }

  /**
   * A 0-db server that keeps what it has acknowledged.
   *
   * @param directory for its files
   */
  public static StoreServer zdb(Path binary, Path directory) throws IOException {
    int port = freePort();
    List<String> command = new ArrayList<>(List.of(binary.toString(), "--listen", "127.0.0.1"));
    command.addAll(List.of("--port", Integer.toString(port), "--sync"));
    command.addAll(List.of("--data", directory.resolve("data").toString()));
    command.addAll(List.of("--index", directory.resolve("index").toString()));
    return new StoreServer(command, directory, port);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Process start() throws IOException {
    Process started =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
            .start();
    boolean ready = false;
    try {
      awaitReady(started);
      ready = true;
      return started;
    } finally {
      if (!ready) {
        started.destroyForcibly();
      }
    }
  }

  private void awaitReady(Process started) throws IOException {
    long begin = System.nanoTime();
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
        checkAnswers(socket);
        return;
      } catch (IOException e) {
        if (!started.isAlive() || System.nanoTime() - begin > START_NANOS) {
          throw new IOException(command + " does not start; see " + log, e);
        }
      }
      try {
        TimeUnit.MILLISECONDS.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }

  /** After a kill it listens before it has read its files. */
  private static void checkAnswers(Socket socket) throws IOException {
    socket.setSoTimeout(CONNECT_MILLIS);
    socket.getOutputStream().write("*1\r\n$4\r\nPING\r\n".getBytes(US_ASCII));
    String answer =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)).readLine();
    if (answer == null || answer.startsWith("-LOADING")) {
      throw new IOException("it answers " + answer);
    }
  }

  /** Where it listens on the loopback address. */
  public int port() {
    return port;
  }

  /** The number of its process. */
  public long pid() {
    return process.pid();
  }

  /** Kills it; what it has acknowledged stays in its directory. */
  public void kill() {
    process.destroyForcibly().onExit().join();
  }

  /**
   * Stops it as SIGSTOP does, or lets it continue: connections stay, and nothing answers.
   *
   * @throws IOException if the signal cannot be sent
   */
  public void freeze(boolean isFrozen) throws IOException {
    try {
      int exitCode =
          new ProcessBuilder("kill", isFrozen ? "-STOP" : "-CONT", Long.toString(pid()))
              .inheritIO()
              .start()
              .waitFor();
      if (exitCode != 0) {
        throw new IOException("kill exits with " + exitCode);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Starts it again at the same port. */
  public void restart() throws IOException {
    process = start();
  }

  @Override
  public void close() {
    kill();
  }
}
