// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the daemon of a mount from outside: whether it lives, its memory, its log, its stacks.
 */
final class DaemonWatch {
  private static final int MOST_LINES = 12;
  private static final long DUMP_MILLIS = 2000;

  private final Path mountPoint;
  private final Path logs;
  private @Nullable ProcessHandle daemon;

  DaemonWatch(Path mountPoint, Path logs) {
    this.mountPoint = mountPoint;
    this.logs = logs;
  }

  /** Finds the daemon that has just mounted. */
  void find() throws IOException {
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      daemon =
          all.filter(process -> serves(process.pid()))
              .findFirst()
              .orElseThrow(() -> new IOException("no daemon serves " + mountPoint));
    }
  }

  private boolean serves(long pid) {
    try {
      String line = Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
      List<String> words = Arrays.asList(line.split("\0", -1));
      return words.contains("zonefsj.fs.cli.Main")
          && words.contains("mount")
          && words.contains(mountPoint.toString())
          && words.stream().anyMatch(word -> word.startsWith("--startup-socket="));
    } catch (IOException ended) {
      return false;
    }
  }

  boolean isAlive() {
    ProcessHandle process = daemon;
    return process != null && process.isAlive();
  }

  /** Ends it as a crash would; answers when it is gone. */
  void kill() {
    ProcessHandle process = daemon;
    if (process != null) {
      process.destroyForcibly();
      process.onExit().join();
    }
  }

  /** Resident memory, in bytes; 0 when it has ended. */
  long residentBytes() {
    ProcessHandle process = daemon;
    if (process == null) {
      return 0;
    }
    try (Stream<String> lines =
        Files.lines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
          .findFirst()
          .orElse(0L);
    } catch (IOException | java.io.UncheckedIOException ended) {
      return 0;
    }
  }

  /**
   * Stacks of all its threads, which a signal makes it write. A child that asked for them would
   * close the files of the workers that it inherits, and hang as they do.
   */
  String stacks() throws IOException {
    ProcessHandle process = daemon;
    if (process == null || !process.isAlive()) {
      return "the daemon is dead: " + lastWords();
    }
    SystemCalls.kill(Math.toIntExact(process.pid()), SystemCalls.SIGQUIT);
    try {
      Thread.sleep(DUMP_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    StringBuilder words = new StringBuilder();
    for (Path file : files()) {
      if (!file.toString().endsWith(".log")) {
        lines(file).forEach(line -> words.append(line).append('\n'));
      }
    }
    return words.length() == 0 ? "the daemon does not even write its stacks" : words.toString();
  }

  /** Lines of its log that are errors, and of what its process has said by itself. */
  List<String> complaints() throws IOException {
    List<String> lines = new ArrayList<>();
    for (Path file : files()) {
      boolean isLog = file.toString().endsWith(".log");
      for (String line : lines(file)) {
        boolean wrong =
            isLog
                ? line.contains(" ERROR ") || line.matches("[a-z][a-zA-Z.]*(Exception|Error)(:.*)?")
                : !line.isBlank();
        if (wrong && lines.size() < MOST_LINES) {
          lines.add(line);
        }
      }
    }
    return lines;
  }

  /** The end of what it has said. */
  String lastWords() throws IOException {
    List<String> all = new ArrayList<>();
    for (Path file : files()) {
      all.addAll(lines(file));
    }
    return String.join("\n  ", all.subList(Math.max(0, all.size() - MOST_LINES), all.size()));
  }

  private static List<String> lines(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
  }

  private List<Path> files() throws IOException {
    if (!Files.isDirectory(logs)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(logs)) {
      return files.sorted().toList();
    }
  }
}
