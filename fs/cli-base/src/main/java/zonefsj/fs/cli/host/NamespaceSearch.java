// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.mounts.MountTableScan;

/**
 * Searches the mount namespaces of other processes for a filesystem. Ordinary users can make any
 * number of namespaces with any number of mounts, and a daemon searches once a second while it
 * waits for its unmount: so a search has limits, and what is beyond them is not found.
 */
final class NamespaceSearch {
  private static final Logger LOG = LoggerFactory.getLogger(NamespaceSearch.class);
  private static final long MAX_TABLE_BYTES = 1 << 20;
  private static final Duration LIMIT = Duration.ofSeconds(1);

  private final Path proc;
  private final LongSupplier nanoClock;

  /**
   * @param proc where the kernel shows the processes
   * @param nanoClock like {@link System#nanoTime}
   */
  NamespaceSearch(Path proc, LongSupplier nanoClock) {
    this.proc = proc;
    this.nanoClock = nanoClock;
  }

  /**
   * Finds one process of each other mount namespace where a filesystem is mounted.
   *
   * @param device {@code major:minor} of the filesystem
   * @param most number of processes after which the search ends
   */
  List<String> find(String device, int most) throws IOException {
    long start = nanoClock.getAsLong();
    List<String> found = new ArrayList<>();
    Set<Path> seen = new HashSet<>(Set.of(Files.readSymbolicLink(proc.resolve("self/ns/mnt"))));
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        if (found.size() >= most || nanoClock.getAsLong() - start > LIMIT.toNanos()) {
          break;
        }
        try {
          if (seen.add(Files.readSymbolicLink(process.resolve("ns/mnt")))
              && MountTableScan.has(process.resolve("mountinfo"), device, MAX_TABLE_BYTES)) {
            found.add(MountUsers.nameOf(process) + " (process " + process.getFileName() + ")");
          }
        } catch (IOException e) {
          LOG.trace("{} has ended meanwhile, or belongs to another user", process, e);
        }
      }
    } catch (DirectoryIteratorException e) {
      LOG.debug("not all processes could be looked at", e);
    }
    return found;
  }
}
