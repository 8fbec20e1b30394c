// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A PostgreSQL of Debian on the mount, run by its own user, that listens on a unix socket only. */
final class Database implements AutoCloseable {
  private static final Path VERSIONS = Path.of("/usr/lib/postgresql");
  private static final String USER = "postgres";
  private static final String NAME = "bench";
  private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
  private static final long POLL_MILLIS = 100;

  private final Sandbox sandbox;
  private final Path programs;
  private final Child server;

  private Database(Sandbox sandbox, Path programs, Child server) {
    this.sandbox = sandbox;
    this.programs = programs;
    this.server = server;
  }

  /** Makes a new cluster on the mount. */
  static void create(Sandbox sandbox) throws IOException, InterruptedException {
    Path programs = newest();
    // Its user walks to the mount, and its socket is not on it: a dead mount has no names.
    sandbox.run(List.of("chmod", "755", sandbox.home().toString())).orFail();
    for (Path own : List.of(parent(sandbox), socket(sandbox))) {
      sandbox.run(List.of("install", "-d", "-m", "700", "-o", USER, own.toString())).orFail();
    }
    sandbox
        .run(
            asUser(
                programs.resolve("initdb").toString(),
                "--pgdata=" + data(sandbox),
                "--auth=trust",
                "--data-checksums",
                "--encoding=UTF8"))
        .orFail();
  }

  /** Starts it; answers when it has recovered and takes questions. */
  static Database start(Sandbox sandbox) throws IOException, InterruptedException {
    Path programs = newest();
    Child server =
        sandbox.start(
            sandbox.keep(),
            asUser(
                programs.resolve("postgres").toString(),
                "-D",
                data(sandbox).toString(),
                "-c",
                "listen_addresses=",
                "-c",
                "unix_socket_directories=" + socket(sandbox),
                // The drive is small.
                "-c",
                "max_wal_size=128MB"));
    Database database = new Database(sandbox, programs, server);
    boolean ready = false;
    try {
      database.awaitReady();
      ready = true;
      return database;
    } finally {
      if (!ready) {
        database.close();
      }
    }
  }

  private void awaitReady() throws IOException, InterruptedException {
    List<String> question =
        asUser(program("psql"), "-h", socket(sandbox).toString(), "-Atc", "select 1", "postgres");
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (sandbox.run(question).exitCode() != 0) {
      if (!server.isAlive() || System.nanoTime() > deadline) {
        throw new AssertionError("the server does not start: " + server.errors());
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  /** Starts one of its programs, as its user, on its database; arguments come first. */
  Child client(String program, String... arguments) throws IOException {
    return sandbox.start(sandbox.keep(), clientCommand(program, arguments));
  }

  /** Runs one of its programs to the end; answers what it printed. */
  String run(String program, String... arguments) throws IOException, InterruptedException {
    try (Child client = client(program, arguments)) {
      return client.await(Sandbox.WORK_TIMEOUT).orFail();
    }
  }

  /** Asks; answers rows as lines of columns with a bar between. */
  String query(String sql) throws IOException, InterruptedException {
    return run("psql", "-v", "ON_ERROR_STOP=1", "-qAtc", sql);
  }

  void createDatabase() throws IOException, InterruptedException {
    sandbox.run(asUser(program("createdb"), "-h", socket(sandbox).toString(), NAME)).orFail();
  }

  private List<String> clientCommand(String program, String... arguments) {
    List<String> command = asUser(program(program), "-h", socket(sandbox).toString());
    command.addAll(List.of(arguments));
    command.add(NAME);
    return command;
  }

  /** Ends it in order; then every page has its checksum. */
  void stop() throws IOException, InterruptedException {
    signal("INT");
    server.await(Sandbox.WORK_TIMEOUT).orFail();
    sandbox
        .run(asUser(program("pg_checksums"), "--check", "-D", data(sandbox).toString()))
        .orFail();
  }

  /** Ends what is left of it after its files went away under it. */
  void abandon() throws IOException, InterruptedException {
    // It takes its shared memory with it, as it would not when it is killed.
    signal("QUIT");
    server.await(Sandbox.COMMAND_TIMEOUT);
  }

  private void signal(String name) throws IOException, InterruptedException {
    // It may have ended by itself.
    sandbox.run(List.of("kill", "-" + name, Long.toString(server.pid())));
  }

  private String program(String name) {
    return programs.resolve(name).toString();
  }

  private static List<String> asUser(String... command) {
    List<String> words =
        new ArrayList<>(
            List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups", "--"));
    words.addAll(List.of(command));
    return words;
  }

  private static Path newest() throws IOException {
    try (Stream<Path> versions = Files.list(VERSIONS)) {
      return versions
          .max(java.util.Comparator.comparingInt(v -> Integer.parseInt(v.getFileName().toString())))
          .orElseThrow()
          .resolve("bin");
    }
  }

  private static Path parent(Sandbox sandbox) {
    return sandbox.mountPoint().resolve("postgres");
  }

  private static Path data(Sandbox sandbox) {
    return parent(sandbox).resolve("data");
  }

  private static Path socket(Sandbox sandbox) {
    return sandbox.keep().resolve("socket");
  }

  /** Ends it, also where a test has failed. */
  @Override
  public void close() throws IOException {
    try {
      if (server.isAlive()) {
        abandon();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted while ending").initCause(e);
    } finally {
      server.close();
    }
  }
}
