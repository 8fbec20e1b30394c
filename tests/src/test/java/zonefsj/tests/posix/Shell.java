// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs child processes that make system calls, and never waits for ever. */
public final class Shell {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private static final String PYTHON_PRELUDE =
      """
      import ctypes, errno, fcntl, hashlib, mmap, os, signal, socket, stat, struct, subprocess, sys
      import threading, time
      libc = ctypes.CDLL(None, use_errno=True)
      def fails(number, function, *arguments, **keywords):
          try:
              answer = function(*arguments, **keywords)
          except OSError as e:
              assert e.errno == number, (function, arguments, errno.errorcode[e.errno])
              return
          raise AssertionError((function, arguments, 'answered', answer))
      def same(one, other):
          assert one == other, (one, other)
      def put(name, data, flags=0):
          fd = os.open(name, os.O_RDWR | os.O_CREAT | flags, 0o644)
          os.write(fd, data)
          os.close(fd)
      def get(name):
          with open(name, 'rb') as f:
              return f.read()
      def forget(fd):
          os.fsync(fd)
          os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
      def child(function):
          pid = os.fork()
          if pid == 0:
              try:
                  function()
              except BaseException as e:
                  sys.stderr.write(repr(e) + '\\n')
                  sys.stderr.flush()
                  os._exit(1)
              os._exit(0)
          return pid
      def wait(*pids):
          for pid in pids:
              same(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
      def as_user(uid, function):
          def run():
              os.setgroups([])
              os.setgid(uid)
              os.setuid(uid)
              function()
          wait(child(run))
      def call(function, *arguments):
          answer = function(*arguments)
          if answer < 0:
              number = ctypes.get_errno()
              raise OSError(number, os.strerror(number))
          return answer
      NOREPLACE, EXCHANGE, WHITEOUT = 1, 2, 4
      def renameat2(old, new, flags):
          call(libc.renameat2, -100, os.fsencode(old), -100, os.fsencode(new), flags)
      def linkfd(fd, name):
          call(libc.linkat, -100, b'/proc/self/fd/%d' % fd, -100, os.fsencode(name), 0x400)
      """;

  private Shell() {}

  /**
   * What a process answered.
   *
   * @param exitCode 0 when all went well
   * @param output of stdout
   * @param errors of stderr
   */
  public record Result(int exitCode, String output, String errors) {
    /** Expects success. */
    public String orFail() {
      assertThat(exitCode).as(this.toString()).isZero();
      return output.strip();
    }
  }

  /** A process did not end in time. */
  public static final class HangException extends RuntimeException {
    private static final long serialVersionUID = 1;

    HangException(String message) {
      super(message);
    }
  }

  /** Runs a script of bash in a directory, {@code set -eu}. */
  public static Result bash(String directory, String script) {
    return run(List.of("bash", "-c", "set -eu -o pipefail; cd \"$0\"\n" + script, directory));
  }

  /**
   * Runs a program of Python in a directory; see the prelude for what it may call; DIRECT says
   * which transport.
   */
  public static Result python(String directory, String program) {
    return run(
        List.of(
            "bash",
            "-c",
            "cd \"$0\" && exec python3 -c \"$1\"",
            directory,
            "DIRECT = "
                + (PosixSubject.isDirect() ? "True" : "False")
                + "\n"
                + PYTHON_PRELUDE
                + program));
  }

  /** Runs a command. */
  public static Result run(List<String> command) {
    try {
      ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command));
      builder.environment().put("LC_ALL", "C.UTF-8");
      Process process = builder.start();
      process.getOutputStream().close();
      CompletableFuture<String> output = gather(process.getInputStream());
      CompletableFuture<String> errors = gather(process.getErrorStream());
      if (!process.waitFor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new HangException("no end after " + TIMEOUT + ": " + command);
      }
      return new Result(process.exitValue(), output.join(), errors.join());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HangException("interrupted: " + command);
    }
  }

  private static CompletableFuture<String> gather(InputStream stream) {
    CompletableFuture<String> text = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              try {
                text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
              } catch (IOException e) {
                text.completeExceptionally(e);
              }
            },
            "shell-reader");
    reader.setDaemon(true);
    reader.start();
    return text;
  }
}
