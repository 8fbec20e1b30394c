// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import zonefsj.fs.HostException;

/**
 * Finds the fragments in RocksDB's own files on which its reader of logs never ends: RocksDB 10.2
 * repeats a fragment forever if one changed byte makes its type one of those that we never write,
 * for example 5 to 8 (recycled logs). Other damage, also a torn end, is left to RocksDB, which
 * knows what to forgive.
 *
 * <p>The format is in {@link LogRecords}. A check reads each file once, with 32 KiB of memory.
 */
public final class LogFragments {
  private LogFragments() {}

  /**
   * Checks the MANIFESTs and logs of a database that is not open.
   *
   * @throws ImageDamagedException if RocksDB must not open it; the message names the file
   * @throws HostException if the host cannot read its files
   */
  public static void check(Path directory) throws IOException {
    for (Path file : HostException.at(directory, () -> logs(directory))) {
      try (InputStream content = HostException.at(file, () -> Files.newInputStream(file))) {
        check(file, content);
      }
    }
  }

  private static List<Path> logs(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().matches("MANIFEST-[0-9]+|[0-9]+[.]log"))
          .toList();
    }
  }

  private static void check(Path file, InputStream content) throws IOException {
    byte[] block = next(file, content);
    while (block.length > 0) {
      checkTypes(file, block);
      block = next(file, content);
    }
  }

  private static byte[] next(Path file, InputStream content) throws HostException {
    return HostException.at(file, () -> content.readNBytes(LogRecords.BLOCK_BYTES));
  }

  private static void checkTypes(Path file, byte[] block) throws ImageDamagedException {
    int at = 0;
    while (block.length - at >= LogRecords.HEADER_BYTES) {
      int type = LogRecords.type(block, at);
      if (type > LogRecords.LAST) {
        throw new ImageDamagedException(
            file.getFileName() + " has a fragment of type " + type + ", which we do not write");
      }
      at += LogRecords.HEADER_BYTES + LogRecords.length(block, at);
    }
  }
}
