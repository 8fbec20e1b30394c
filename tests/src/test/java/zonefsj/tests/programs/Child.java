// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A child process whose words go to files, so that a daemon that it leaves behind holds no pipe.
 */
public final class Child implements AutoCloseable {
  /** A virtual machine that is told to end takes them with it. */
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(Child::kill)));
  }

  private final List<String> command;
  private final Process process;
  private final Path output;
  private final Path errors;

  private Child(List<String> command, Process process, Path output, Path errors) {
    this.command = command;
    this.process = process;
    this.output = output;
    this.errors = errors;
  }

  /**
   * What a process answered.
   *
   * @param command that was run
   * @param exitCode 0 when all went well
   * @param output of stdout
   * @param errors of stderr
   */
  public record Result(List<String> command, int exitCode, String output, String errors) {
    /** Expects success; answers what was printed. */
    public String orFail() {
      assertThat(exitCode).as(this.toString()).isZero();
      return output.strip();
    }
  }

  /** Starts a command in a directory. */
  public static Child start(
      Path directory, Path scratch, Map<String, String> environment, List<String> command)
      throws IOException {
    Path output = Files.createTempFile(scratch, "out", "");
    Path errors = Files.createTempFile(scratch, "err", "");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    RUNNING.add(process);
    return new Child(command, process, output, errors);
  }

  /** Waits for the end; a child that does not end in time is killed, and the test fails. */
  public Result await(Duration timeout) throws IOException, InterruptedException {
    if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      String said = words(output) + words(errors);
      close();
      throw new AssertionError("no end after " + timeout + ": " + command + "\n" + said);
    }
    Result result = new Result(command, process.exitValue(), words(output), words(errors));
    close();
    return result;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** What it has printed so far. */
  public String output() throws IOException {
    return words(output);
  }

  /** What it has printed to stderr so far. */
  public String errors() throws IOException {
    return words(errors);
  }

  private static String words(Path file) throws IOException {
    // Names of files need not be UTF-8.
    return new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.UTF_8);
  }

  /** Kills it with all that it has started. */
  @Override
  public void close() throws IOException {
    kill(process);
    RUNNING.remove(process);
    Files.deleteIfExists(output);
    Files.deleteIfExists(errors);
  }

  private static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
