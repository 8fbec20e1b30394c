// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A control group with a memory limit, for commands that run in it. The kernel kills a process of
 * the group when the limit is reached and nothing can be reclaimed.
 *
 * <p>Needs root. It uses the second version of control groups if it has the memory controller,
 * otherwise the first. Source: cgroups(7).
 */
final class MemoryGroup implements AutoCloseable {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");
  private static final String UNLIMITED = "-1";
  private static final Duration END_TIMEOUT = Duration.ofSeconds(20);

  private final Path directory;
  private final boolean isUnified;

  /** Removes the group when the JVM is ended, which ends the processes of the group, too. */
  private final Thread atTheEnd = new Thread(this::removeAtTheEnd);

  /**
   * Creates a group without a limit.
   *
   * @param name name of the group, unique on this host
   */
  MemoryGroup(String name) throws IOException {
    isUnified = Files.exists(ROOT.resolve("cgroup.controllers"));
    if (isUnified) {
      Files.writeString(ROOT.resolve("cgroup.subtree_control"), "+memory");
    }
    directory = Files.createDirectory((isUnified ? ROOT : ROOT.resolve("memory")).resolve(name));
    Runtime.getRuntime().addShutdownHook(atTheEnd);
  }

  /** The command that runs {@code command} in this group. */
  List<String> wrapped(List<String> command) {
    String join = "echo $$ > " + directory.resolve("cgroup.procs") + " && exec \"$@\"";
    List<String> wrapped = new ArrayList<>(List.of("sh", "-c", join, "sh"));
    wrapped.addAll(command);
    return wrapped;
  }

  /** Bytes that the group uses. */
  long usedBytes() throws IOException {
    String file = isUnified ? "memory.current" : "memory.usage_in_bytes";
    return Long.parseLong(Files.readString(directory.resolve(file)).strip());
  }

  /**
   * Sets the limit, in bytes. The kernel may refuse a limit below what the group uses and cannot
   * reclaim.
   */
  void limit(long bytes) throws IOException {
    writeLimit(Long.toString(bytes));
  }

  void removeLimit() throws IOException {
    writeLimit(isUnified ? "max" : UNLIMITED);
  }

  private void writeLimit(String limit) throws IOException {
    String file = isUnified ? "memory.max" : "memory.limit_in_bytes";
    Files.writeString(directory.resolve(file), limit);
  }

  /** Removes the group, whose processes have ended or are about to. */
  @Override
  public void close() throws IOException {
    remove();
    try {
      Runtime.getRuntime().removeShutdownHook(atTheEnd);
    } catch (IllegalStateException ending) {
      // It finds nothing to remove.
      return;
    }
  }

  private void removeAtTheEnd() {
    try {
      remove();
    } catch (IOException stays) {
      System.err.println("the control group " + directory + " stays: " + stays);
    }
  }

  private void remove() throws IOException {
    long begin = System.nanoTime();
    while (true) {
      try {
        Files.deleteIfExists(directory);
        return;
      } catch (FileSystemException busy) {
        if (System.nanoTime() - begin > END_TIMEOUT.toNanos()) {
          throw busy;
        }
        Thread.onSpinWait();
      }
    }
  }
}
