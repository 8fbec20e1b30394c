package zonefsj.tests.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import zonefsj.tests.programs.Child;

/** Looks at the daemon of a mount from outside: whether it lives, its memory, its log, its stacks. */
final class DaemonWatch {
  private static final int MOST_LINES = 12;

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

  /** Stacks of all its threads; and when it does not answer, that it does not. */
  String stacks(Path scratch) throws IOException {
    ProcessHandle process = daemon;
    if (process == null || !process.isAlive()) {
      return "the daemon is dead: " + lastWords();
    }
    String jstack = Path.of(System.getProperty("java.home"), "bin", "jstack").toString();
    try (Child child =
        Child.start(
            scratch, scratch, Map.of(), List.of(jstack, Long.toString(process.pid())))) {
      return child.await(Duration.ofSeconds(20)).output();
    } catch (AssertionError late) {
      return "the daemon does not even answer jstack";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
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
