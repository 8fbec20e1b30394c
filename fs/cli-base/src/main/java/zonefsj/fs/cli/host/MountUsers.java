// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Finds the processes and mounts that keep a mount busy, for the message of a refused unmount. */
public final class MountUsers {
  private static final int MAX_NAMED = 3;
  private static final Path PROC = Path.of("/proc");
  private static final Roots HOST = new Roots(PROC, Path.of("/sys/block"));
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private MountUsers() {}

  /**
   * Returns text like {@code " by bash (process 42)"}, or nothing if nothing is found. Ends in
   * about two seconds: the kernel can block who looks at a process of another user until the FUSE
   * daemon of that user answers.
   */
  static String describe(Path mountPoint) {
    return describe(mountPoint, HOST, LIMIT);
  }

  /**
   * Returns text like {@link #describe(Path)}.
   *
   * @param roots where the kernel shows processes and devices
   * @param limit after this time, the text names what was found so far
   */
  static String describe(Path mountPoint, Roots roots, Duration limit) {
    Set<String> found = Collections.synchronizedSet(new LinkedHashSet<>());
    Thread search = new Thread(() -> findUsers(mountPoint, roots, found), "mount-users");
    search.setDaemon(true);
    search.start();
    try {
      search.join(limit.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    List<String> users;
    synchronized (found) {
      users = List.copyOf(found);
    }
    if (users.isEmpty()) {
      return isRoot() ? "" : " by what this user cannot see (root can)";
    }
    List<String> named = users.stream().limit(MAX_NAMED).toList();
    int others = users.size() - named.size();
    return " by " + String.join(", ", named) + (others > 0 ? " and " + others + " more" : "");
  }

  /** Adds what it finds at once: the search may never end. */
  private static void findUsers(Path mountPoint, Roots roots, Set<String> users) {
    try {
      List<MountEntry> mounts = MountInfo.read().entries();
      mounts.stream()
          .map(MountEntry::mountPoint)
          .filter(path -> path.startsWith(mountPoint) && !path.equals(mountPoint))
          .forEach(path -> users.add("the mount at " + path));
      findLoopDevices(mountPoint, roots, users);
      findSwap(mountPoint, roots, users);
      Optional<MountEntry> mount =
          mounts.stream().filter(entry -> entry.mountPoint().equals(mountPoint)).findFirst();
      Used used = new Used(mountPoint, mount);
      findProcesses(roots.proc(), process -> opens(process, used), users);
      // Last: the kernel blocks who asks for the maps of a process that waits within its memory.
      findProcesses(roots.proc(), process -> maps(process, used), users);
    } catch (IOException | DirectoryIteratorException e) {
      // This text only extends a message: report what was found so far.
      users.add("processes that cannot be listed (" + e.getMessage() + ")");
    }
  }

  /** The kernel has the file open, and no process. */
  private static void findLoopDevices(Path mountPoint, Roots roots, Set<String> users)
      throws IOException {
    if (!Files.isDirectory(roots.block())) {
      return;
    }
    try (DirectoryStream<Path> loops = Files.newDirectoryStream(roots.block(), "loop*")) {
      for (Path loop : loops) {
        Path name = loop.resolve("loop/backing_file");
        String file = Files.exists(name) ? Files.readString(name).replaceFirst("\n$", "") : "";
        if (isBelow(file, mountPoint)) {
          users.add("/dev/" + loop.getFileName() + " (on the file " + file + ")");
        }
      }
    }
  }

  private static void findSwap(Path mountPoint, Roots roots, Set<String> users) throws IOException {
    Path swaps = roots.proc().resolve("swaps");
    if (!Files.exists(swaps)) {
      return;
    }
    for (String line : Files.readAllLines(swaps, StandardCharsets.ISO_8859_1)) {
      String file = line.replaceFirst("\\s.*", "").replace("\\040", " ");
      if (isBelow(file, mountPoint)) {
        users.add("the swap file " + file);
      }
    }
  }

  private static boolean isBelow(String file, Path mountPoint) {
    return file.startsWith(mountPoint + "/");
  }

  /**
   * Where the kernel shows processes and block devices.
   *
   * @param proc as {@code /proc}
   * @param block as {@code /sys/block}
   */
  record Roots(Path proc, Path block) {}

  /**
   * What is in use.
   *
   * @param mountPoint where it is mounted
   * @param mount its entry; empty if it is gone
   */
  private record Used(Path mountPoint, Optional<MountEntry> mount) {
    /** Whether a file in fdinfo is of an open file there, by whatever name its process has it. */
    boolean hasOpened(Path fdinfo) {
      if (mount.isEmpty()) {
        return false;
      }
      try {
        return Files.readAllLines(fdinfo, StandardCharsets.ISO_8859_1).stream()
            .anyMatch(line -> line.matches("mnt_id:\\s*" + mount.orElseThrow().id()));
      } catch (IOException e) {
        // It is closed meanwhile, or of another user.
        return false;
      }
    }
  }

  /**
   * Finds what keeps a filesystem mounted: mounts of this mount namespace, and one process of each
   * other mount namespace, up to a few. Only root sees the namespaces of other users. Ends in about
   * a second.
   *
   * @param device {@code major:minor} of the filesystem
   * @return text like {@code "bash (process 42)"}; empty if nothing is visible, or found in time
   */
  public static String ofFilesystem(String device) throws IOException {
    List<String> found = new ArrayList<>();
    MountInfo.read().entries().stream()
        .filter(entry -> entry.device().equals(device))
        .limit(MAX_NAMED)
        .forEach(entry -> found.add("the mount at " + entry.mountPoint()));
    if (found.size() < MAX_NAMED) {
      NamespaceSearch others = new NamespaceSearch(PROC, System::nanoTime);
      found.addAll(others.find(device, MAX_NAMED - found.size()));
    }
    return String.join(", ", found);
  }

  private static void findProcesses(Path proc, Predicate<Path> test, Set<String> users)
      throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      String self = Long.toString(ProcessHandle.current().pid());
      for (Path process : processes) {
        String name = nameOf(process);
        // A umount(8) that waits for this process, and its helper, may have been started there.
        if (!process.endsWith(self) && !name.startsWith("umount") && test.test(process)) {
          users.add(name + " (process " + process.getFileName() + ")");
        }
      }
    }
  }

  private static boolean maps(Path process, Used used) {
    return any(process.resolve("map_files"), link -> pointsBelow(link, used.mountPoint()));
  }

  private static boolean opens(Path process, Used used) {
    return pointsBelow(process.resolve("cwd"), used.mountPoint())
        || pointsBelow(process.resolve("root"), used.mountPoint())
        || pointsBelow(process.resolve("exe"), used.mountPoint())
        || any(process.resolve("fd"), link -> pointsBelow(link, used.mountPoint()))
        || any(process.resolve("fdinfo"), used::hasOpened);
  }

  private static boolean any(Path directory, Predicate<Path> test) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (test.test(file)) {
          return true;
        }
      }
      return false;
    } catch (IOException | DirectoryIteratorException e) {
      // The process has ended meanwhile, or belongs to another user.
      return false;
    }
  }

  private static boolean pointsBelow(Path link, Path mountPoint) {
    try {
      // Reads the link's text only. Access to the file could block: its filesystem may hang.
      return Files.readSymbolicLink(link).startsWith(mountPoint);
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  private static boolean isRoot() {
    try {
      return Directories.currentUid() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  static String nameOf(Path process) {
    try {
      return Files.readString(process.resolve("comm")).strip();
    } catch (IOException e) {
      return "a program";
    }
  }
}
