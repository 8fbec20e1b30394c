// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the fragments in RocksDB's own files on which its reader of logs never ends: RocksDB 10.2
 * repeats a fragment forever if one changed byte makes its type one of those that we never write,
 * for example 5 to 8 (recycled logs). Other damage, also a torn end or a file that cannot be read,
 * is left to RocksDB, which knows what to forgive.
 *
 * <p>The format is in {@link LogRecords}. A check reads each file once, with 32 KiB of memory.
 */
public final class LogFragments {
  private static final Logger LOG = LoggerFactory.getLogger(LogFragments.class);
  private static final int NAME_BYTES = 100;

  private LogFragments() {}

  /**
   * Checks the files in log format that RocksDB reads when it opens a database: the MANIFEST that
   * CURRENT names, and all logs.
   *
   * @throws ImageDamagedException if RocksDB must not open it; the message names the file
   */
  public static void check(Path directory) throws ImageDamagedException {
    try {
      for (Path file : filesToRead(directory)) {
        checkFile(file);
      }
    } catch (ImageDamagedException damaged) {
      throw damaged;
    } catch (IOException unreadable) {
      LOG.debug("RocksDB decides about {}", directory, unreadable);
    }
  }

  private static List<Path> filesToRead(Path directory) throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.list(directory)) {
      all.filter(file -> file.getFileName().toString().matches("[0-9]+[.]log")).forEach(files::add);
    } catch (UncheckedIOException failed) {
      throw failed.getCause();
    }
    String current;
    try (InputStream content = Files.newInputStream(directory.resolve("CURRENT"))) {
      current = new String(content.readNBytes(NAME_BYTES), ISO_8859_1);
    }
    if (current.matches(ImageCheck.MANIFEST + "[0-9]+\n")) {
      files.add(directory.resolve(current.strip()));
    }
    return files;
  }

  private static void checkFile(Path file) throws IOException {
    try (InputStream content = Files.newInputStream(file)) {
      byte[] block = content.readNBytes(LogRecords.BLOCK_BYTES);
      while (block.length > 0) {
        checkTypes(file, block);
        block = content.readNBytes(LogRecords.BLOCK_BYTES);
      }
    }
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
