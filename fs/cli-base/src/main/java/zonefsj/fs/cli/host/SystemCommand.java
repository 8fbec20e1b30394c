// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Runs a program of the system, like umount(8), and captures its output. */
final class SystemCommand {
  private static final long MAX_OUTPUT_BYTES = 64 << 10;
  private static final Set<String> PASSED_ON = Set.of("PATH", "LD_LIBRARY_PATH", "LD_PRELOAD");

  /**
   * The outcome of a program.
   *
   * @param exitCode its exit code
   * @param output what it wrote to standard output and standard error
   */
  record Outcome(int exitCode, String output) {
    boolean succeeded() {
      return exitCode == 0;
    }

    /** The output on one line, for a message; the exit code if there is no output. */
    String words() {
      String text = output.strip().replaceAll("\\s*\\R\\s*", "; ");
      return text.isEmpty() ? "exit code " + exitCode : text;
    }
  }

  private static final long SECOND_MILLIS = 1000;

  private SystemCommand() {}

  /**
   * Runs a program to its end, with messages in the C locale. Of the environment it gets what finds
   * programs and libraries: others, like LIBMOUNT_UTAB, name files that programs of root write.
   *
   * @throws IOException if it cannot be started, or does not end in time
   */
  static Outcome run(Duration timeout, List<String> command) throws IOException {
    return run(timeout, command, () -> {});
  }

  /**
   * As {@link #run(Duration, List)}.
   *
   * @param eachSecond is called while the program runs
   */
  static Outcome run(Duration timeout, List<String> command, KernelCache.Waiting eachSecond)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> !PASSED_ON.contains(name));
    return run(timeout, builder, eachSecond);
  }

  /**
   * Runs a program like {@link #run(Duration, List)}, but shares nothing with it: no environment,
   * no working directory, no pipe and no session keyring. A user who controls the program, or takes
   * a pipe from it, could fill the pipe for ever, or use the keys of the keyring.
   *
   * @return its exit code
   * @throws IOException also if the program cannot be kept from the session keyring
   */
  static int runApart(Duration timeout, List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(new File("/"));
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    FutureTask<Integer> apart =
        new FutureTask<>(
            () -> {
              SessionKeyring.replaceByEmpty();
              return run(timeout, builder, () -> {}).exitCode();
            });
    // The thread stays until the program ends: its end counts as the parent's death, prctl(2).
    Thread thread = new Thread(apart, "apart");
    thread.setDaemon(true);
    thread.start();
    try {
      return apart.get();
    } catch (InterruptedException e) {
      apart.cancel(true);
      throw interrupted(builder, e);
    } catch (ExecutionException e) {
      // Without its library for native calls, this process cannot leave the keyring.
      throw new IOException("'" + builder.command().get(0) + "' did not run apart", e);
    }
  }

  private static Outcome run(
      Duration timeout, ProcessBuilder builder, KernelCache.Waiting eachSecond) throws IOException {
    List<String> command = builder.command();
    builder.redirectErrorStream(true);
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    builder.environment().putAll(Map.of("LC_ALL", "C.UTF-8", "LANGUAGE", "C"));
    Process process = builder.start();
    try {
      // These programs print a line or two, which fits the pipe, so reading can wait for their end.
      long begunNanos = System.nanoTime();
      while (!process.waitFor(Math.min(timeout.toMillis(), SECOND_MILLIS), TimeUnit.MILLISECONDS)) {
        eachSecond.step();
        if (System.nanoTime() - begunNanos < timeout.toNanos()) {
          continue;
        }
        throw new IOException(
            "'" + String.join(" ", command) + "' did not end within " + timeout.toSeconds() + " s");
      }
      byte[] output = process.getInputStream().readNBytes((int) MAX_OUTPUT_BYTES);
      return new Outcome(process.exitValue(), new String(output, StandardCharsets.UTF_8));
    } catch (InterruptedException e) {
      throw interrupted(builder, e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static InterruptedIOException interrupted(
      ProcessBuilder builder, InterruptedException cause) {
    Thread.currentThread().interrupt();
    InterruptedIOException interrupted =
        new InterruptedIOException("interrupted while '" + builder.command().get(0) + "' ran");
    interrupted.initCause(cause);
    return interrupted;
  }
}
