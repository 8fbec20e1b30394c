// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Finds the processes and mounts that keep a mount busy, for the message of a refused unmount. */
public final class MountUsers {
  private static final int MAX_NAMED = 3;
  private static final Path PROC = Path.of("/proc");

  private MountUsers() {}

  /** Returns text like {@code " by bash (process 42)"}, or nothing if nothing is found. */
  static String describe(Path mountPoint) {
    Set<String> users = new LinkedHashSet<>();
    try {
      MountInfo.read().entries().stream()
          .map(MountEntry::mountPoint)
          .filter(path -> path.startsWith(mountPoint) && !path.equals(mountPoint))
          .forEach(path -> users.add("the mount at " + path));
      users.addAll(processes(mountPoint));
    } catch (IOException e) {
      // This text only extends a message: report what was found so far.
      users.add("processes that cannot be listed (" + e.getMessage() + ")");
    }
    if (users.isEmpty()) {
      return "";
    }
    List<String> named = users.stream().limit(MAX_NAMED).toList();
    int others = users.size() - named.size();
    return " by " + String.join(", ", named) + (others > 0 ? " and " + others + " more" : "");
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

  private static List<String> processes(Path mountPoint) throws IOException {
    List<String> found = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      String self = Long.toString(ProcessHandle.current().pid());
      for (Path process : processes) {
        String name = nameOf(process);
        // A umount(8) that waits for this process, and its helper, may have been started there.
        if (!process.endsWith(self) && !name.startsWith("umount") && uses(process, mountPoint)) {
          found.add(name + " (process " + process.getFileName() + ")");
        }
      }
    }
    return found;
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
