// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import zonefsj.fs.cli.Main;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.MountInfo;
import zonefsj.fs.cli.host.RunningProcess;
import zonefsj.fs.cli.logging.LogTarget;
import zonefsj.tests.fixture.ClassPaths;

/**
 * The command with places of its own on the host. What a test leaves mounted is unmounted.
 *
 * <p>Threading: any thread may run commands; the rest is for the thread of the test.
 */
final class CommandFixture implements BeforeEachCallback, AfterEachCallback {
  private static final long TIMEOUT_SECONDS = 120;

  /** How far it is, which a slow machine hears of. */
  private static final String PROGRESS =
      "starting, \\d+ s|(waiting|writing) .*, \\d+ s|[a-z].*: \\d+ % \\(\\d+ of \\d+\\), .*|[a-z ]+: \\d+ so far, \\d+ s";

  /** Options of commands that set up the log of their process. */
  private static final Set<String> OF_THE_PROCESS = Set.of("-f", "--verbose");

  private final Map<String, String> environment = new HashMap<>();
  private String classPath = "";
  private @Nullable Path base;

  /** Held while {@link #server} runs a command. */
  private final ReentrantLock serverLock = new ReentrantLock();

  /** Runs commands; null: the next one starts it. */
  private @Nullable Process server;

  /** How a command ended. */
  record Outcome(int exitCode, String out, String err) {
    /** It succeeded and had nothing to say on standard error but how far it was. */
    Outcome ok() {
      assertThat(remarks()).isEmpty();
      assertThat(exitCode).isZero();
      return this;
    }

    /** It failed with one line on standard error, besides how far it was. */
    String failure(int code) {
      assertThat(exitCode).as(err).isEqualTo(code);
      assertThat(remarks()).hasSize(1);
      assertThat(err).endsWith("\n");
      assertThat(remarks().get(0)).startsWith("zonefs-j: ");
      return remarks().get(0).strip();
    }

    private List<String> remarks() {
      return err.lines().filter(line -> !line.matches(PROGRESS)).toList();
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    // /proc/self/mountinfo has no symbolic links in its names.
    base = Files.createTempDirectory("zonefs-j-cli-").toRealPath();
    environment.clear();
    classPath = ClassPaths.argument(ClassPaths.withoutServers());
    environment.put("ZONEFSJ_RUNTIME_DIR", path("run").toString());
    environment.put("ZONEFSJ_STATE_DIR", path("state").toString());
    environment.put("ZONEFSJ_LOG_DIR", path("log").toString());
    Files.createDirectory(mountPoint());
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException, InterruptedException {
    endServer();
    Path directory = path("");
    List<Long> daemons = daemons();
    List<MountEntry> mounts = new ArrayList<>(MountInfo.read().entries());
    Collections.reverse(mounts);
    for (MountEntry mount : mounts) {
      if (mount.mountPoint().startsWith(directory)) {
        exec(Map.of(), List.of("umount", "-i", "-l", mount.mountPoint().toString()));
      }
    }
    for (long daemon : daemons) {
      exec(Map.of(), List.of("kill", "-9", Long.toString(daemon)));
      awaitEnd(daemon);
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException gone) {
            // A daemon that is just ending removes its own files.
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path each, @Nullable IOException failure)
              throws IOException {
            Files.deleteIfExists(each);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Something in the test's own directory. */
  Path path(String name) {
    Path directory = base;
    if (directory == null) {
      throw new IllegalStateException("not within a test");
    }
    return name.isEmpty() ? directory : directory.resolve(name);
  }

  /** An empty directory to mount at. */
  Path mountPoint() {
    return path("mnt");
  }

  /** An image of 64 zones, 256 MiB. */
  Path image() {
    return path("drive.img");
  }

  /** Makes and formats the image. */
  void format() throws IOException, InterruptedException {
    run("create", image(), "--size", "256M").ok();
    run("mkfs", image(), "--label", "test").ok();
  }

  /** Adds to the environment of all later commands. */
  void setEnvironment(String name, String value) {
    environment.put(name, value);
    endServer();
  }

  /** All later commands find the clients of servers. */
  void useClientsOfServers() {
    classPath = ClassPaths.argument(ClassPaths.all());
    endServer();
  }

  /** What is added to the environment of all commands. */
  Map<String, String> environment() {
    return Map.copyOf(environment);
  }

  /** Runs the command to its end; many commands share a process. */
  Outcome run(Object... arguments) throws IOException, InterruptedException {
    List<String> words = Arrays.stream(arguments).map(String::valueOf).toList();
    boolean isOfTheProcess =
        environment.containsKey(LogTarget.LEVEL_VARIABLE)
            || words.stream().anyMatch(OF_THE_PROCESS::contains);
    if (isOfTheProcess || !serverLock.tryLock()) {
      return runAlone(arguments);
    }
    try {
      return runInServer(words);
    } finally {
      serverLock.unlock();
    }
  }

  private Outcome runInServer(List<String> words) throws IOException, InterruptedException {
    Process running = server;
    if (running == null) {
      running = start(javaWords(CommandServer.class), path("server.stderr"));
      server = running;
    }
    CommandServer.send(running.getOutputStream(), words);
    InputStream answers = running.getInputStream();
    CompletableFuture<Outcome> answer =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return CommandServer.receive(answers);
              } catch (IOException failed) {
                throw new UncheckedIOException(failed);
              }
            });
    try {
      return answer.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException failed) {
      endServer();
      throw new AssertionError(
          "no answer to " + words + "; " + Files.readString(path("server.stderr")), failed);
    }
  }

  /** Ends the process that runs commands; the next command starts another one. */
  private void endServer() {
    Process running = server;
    server = null;
    if (running != null) {
      running.destroyForcibly().onExit().join();
    }
  }

  /** Runs the command to its end in a process of its own. */
  Outcome runAlone(Object... arguments) throws IOException, InterruptedException {
    return exec(environment, words(arguments));
  }

  /** Starts the command. */
  Process start(Object... arguments) throws IOException {
    return start(words(arguments), path("stderr"));
  }

  private Process start(List<String> words, Path err) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().putAll(environment);
    builder.redirectError(err.toFile());
    return builder.start();
  }

  /** The words by which the command is started. */
  List<String> words(Object... arguments) {
    List<String> words = javaWords(Main.class);
    Arrays.stream(arguments).map(String::valueOf).forEach(words::add);
    return words;
  }

  private List<String> javaWords(Class<?> main) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("--add-opens"))
        .forEach(words::add);
    words.addAll(
        List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classPath));
    words.add(main.getName());
    return words;
  }

  /** Runs any program. */
  Outcome exec(Map<String, String> with, List<String> words)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile(path(""), "out", "");
    Path err = Files.createTempFile(path(""), "err", "");
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().putAll(with);
    builder.redirectInput(new File("/dev/null"));
    builder.redirectOutput(out.toFile());
    builder.redirectError(err.toFile());
    Process process = builder.start();
    boolean ended = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    if (!ended) {
      process.destroyForcibly();
    }
    Outcome outcome =
        new Outcome(
            ended ? process.exitValue() : -1,
            Files.readString(out, StandardCharsets.UTF_8),
            Files.readString(err, StandardCharsets.UTF_8));
    assertThat(ended).as("%s ended in time: %s", words, outcome).isTrue();
    Files.delete(out);
    Files.delete(err);
    return outcome;
  }

  /** Runs a script of the shell in the test's directory; it must succeed. */
  String shell(String script) throws IOException, InterruptedException {
    Outcome outcome = exec(environment, List.of("sh", "-euc", "cd '" + path("") + "'; " + script));
    assertThat(outcome.exitCode()).as("%s: %s", script, outcome).isZero();
    return outcome.out();
  }

  /** Process number of the daemon of the one mount. */
  long daemon() throws IOException {
    List<Long> found = daemons();
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  private List<Long> daemons() throws IOException {
    List<Long> found = new ArrayList<>();
    if (Files.isDirectory(path("run"))) {
      try (DirectoryStream<Path> sockets = Files.newDirectoryStream(path("run"), "*.sock")) {
        for (Path socket : sockets) {
          found.add(Long.parseLong(socket.getFileName().toString().split("\\.", -1)[1]));
        }
      }
    }
    return found;
  }

  /** Whether one of our filesystems is mounted at the mount point. */
  boolean isMounted() throws IOException {
    return MountInfo.read().at(mountPoint()).map(MountEntry::isOurs).orElse(false);
  }

  /** Kills the daemon as a crash would. */
  void killDaemon() throws IOException, InterruptedException {
    long pid = daemon();
    exec(Map.of(), List.of("kill", "-9", Long.toString(pid))).ok();
    awaitEnd(pid);
  }

  /** Waits until a process has ended. */
  static void awaitEnd(long pid) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    while (RunningProcess.isRunning(pid)) {
      assertThat(System.nanoTime() - deadline).isNegative();
      Thread.sleep(10);
    }
  }
}
