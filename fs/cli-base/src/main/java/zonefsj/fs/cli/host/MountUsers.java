// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Finds the processes and mounts that keep a mount busy, for the message of a refused unmount. */
public final class MountUsers {
  private static final int MAX_NAMED = 3;
  private static final Path PROC = Path.of("/proc");
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private MountUsers() {}

  /**
   * Returns text like {@code " by bash (process 42)"}, or nothing if nothing is found. Ends in
   * about two seconds: the kernel can block who looks at a process of another user until the FUSE
   * daemon of that user answers.
   */
  static String describe(Path mountPoint) {
    return describe(mountPoint, PROC, LIMIT);
  }

  /**
   * Returns text like {@link #describe(Path)}.
   *
   * @param proc where the kernel shows the processes
   * @param limit after this time, the text names what was found so far
   */
  static String describe(Path mountPoint, Path proc, Duration limit) {
    Set<String> found = Collections.synchronizedSet(new LinkedHashSet<>());
    Thread search = new Thread(() -> findUsers(mountPoint, proc, found), "mount-users");
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
      return "";
    }
    List<String> named = users.stream().limit(MAX_NAMED).toList();
    int others = users.size() - named.size();
    return " by " + String.join(", ", named) + (others > 0 ? " and " + others + " more" : "");
  }

  /** Adds what it finds at once: the search may never end. */
  private static void findUsers(Path mountPoint, Path proc, Set<String> users) {
    try {
      MountInfo.read().entries().stream()
          .map(MountEntry::mountPoint)
          .filter(path -> path.startsWith(mountPoint) && !path.equals(mountPoint))
          .forEach(path -> users.add("the mount at " + path));
      findProcesses(mountPoint, proc, users);
    } catch (IOException | DirectoryIteratorException e) {
      // This text only extends a message: report what was found so far.
      users.add("processes that cannot be listed (" + e.getMessage() + ")");
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

  private static void findProcesses(Path mountPoint, Path proc, Set<String> users)
      throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      String self = Long.toString(ProcessHandle.current().pid());
      for (Path process : processes) {
        String name = nameOf(process);
        // A umount(8) that waits for this process, and its helper, may have been started there.
        if (!process.endsWith(self) && !name.startsWith("umount") && uses(process, mountPoint)) {
          users.add(name + " (process " + process.getFileName() + ")");
        }
      }
    }
  }

  private static boolean uses(Path process, Path mountPoint) {
    if (pointsBelow(process.resolve("cwd"), mountPoint)
        || pointsBelow(process.resolve("root"), mountPoint)
        || pointsBelow(process.resolve("exe"), mountPoint)) {
      return true;
    }
    return anyPointsBelow(process.resolve("fd"), mountPoint)
        || anyPointsBelow(process.resolve("map_files"), mountPoint);
  }

  private static boolean anyPointsBelow(Path directory, Path mountPoint) {
    try (DirectoryStream<Path> links = Files.newDirectoryStream(directory)) {
      for (Path link : links) {
        if (pointsBelow(link, mountPoint)) {
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

  static String nameOf(Path process) {
    try {
      return Files.readString(process.resolve("comm")).strip();
    } catch (IOException e) {
      return "a program";
    }
  }
}
