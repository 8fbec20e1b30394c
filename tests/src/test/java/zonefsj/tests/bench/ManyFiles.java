// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.WriteMode;
import zonefsj.fs.ZoneFileSystem;

/**
 * Small files in directories of {@value #IN_DIRECTORY}, made in order. What is measured is in
 * microseconds for each. For one thread.
 */
final class ManyFiles {
  static final int IN_DIRECTORY = 1000;
  private static final int FILE_BYTES = 200;

  /** Of the operations that are measured when all files are there. */
  private static final int SAMPLE = 10_000;

  private ZoneFileSystem files;
  private final SplittableRandom random;
  private final ByteBuffer content = ByteBuffer.allocateDirect(FILE_BYTES);
  private long count;
  private long directory;

  ManyFiles(ZoneFileSystem files, SplittableRandom random) {
    this.files = files;
    this.random = random;
  }

  /** Goes on after a remount. */
  void on(ZoneFileSystem mounted) {
    files = mounted;
  }

  /** How many there are. */
  long count() {
    return count;
  }

  private interface Work {
    void run(int number) throws ErrnoException, IOException;
  }

  private static double microsOf(int times, Work work) throws ErrnoException, IOException {
    long begin = System.nanoTime();
    for (int time = 0; time < times; time++) {
      work.run(time);
    }
    return (System.nanoTime() - begin) / 1000.0 / times;
  }

  /** Creates files until there are so many, and makes them durable. */
  double createUpTo(long wanted) throws ErrnoException, IOException {
    long before = count;
    long begin = System.nanoTime();
    while (count < wanted) {
      if (count % IN_DIRECTORY == 0) {
        directory =
            files
                .makeDirectory(Caller.ROOT, ZoneFileSystem.ROOT_INODE, directoryOf(count), 0755)
                .inode();
      }
      create(directory, count);
      count++;
    }
    files.sync();
    return (System.nanoTime() - begin) / 1000.0 / (count - before);
  }

  private void create(long parent, long file) throws ErrnoException, IOException {
    long handle =
        files.create(Caller.ROOT, parent, nameOf(file), 0644, OpenFlags.READ_WRITE).handle();
    content.clear().putLong(0, file);
    files.write(handle, 0, content, WriteMode.PLAIN);
    files.release(handle);
  }

  /** Looks up neighbours. */
  double statInOrder() throws ErrnoException, IOException {
    long first = random.nextLong(count / IN_DIRECTORY) * IN_DIRECTORY;
    return microsOf(SAMPLE, time -> check(look((first + time) % count)));
  }

  /** Looks up files anywhere. */
  double statAtRandom() throws ErrnoException, IOException {
    return microsOf(SAMPLE, time -> check(look(random.nextLong(count))));
  }

  private Attributes look(long file) throws ErrnoException, IOException {
    return files.lookup(files.find(ZoneFileSystem.ROOT_INODE, directoryOf(file)), nameOf(file));
  }

  private static void check(Attributes found) throws IOException {
    if (found.sizeBytes() != FILE_BYTES) {
      throw new IOException("a file has " + found.sizeBytes() + " bytes");
    }
  }

  /** Looks up, opens and reads files anywhere. */
  double readAtRandom() throws ErrnoException, IOException {
    return microsOf(
        SAMPLE,
        time -> {
          long file = random.nextLong(count);
          long handle = files.open(Caller.ROOT, look(file).inode(), OpenFlags.READ);
          int read = files.read(handle, 0, content.clear());
          files.release(handle);
          if (read != FILE_BYTES || content.getLong(0) != file) {
            throw new IOException("file " + file + " has something else");
          }
        });
  }

  /** Lists directories anywhere; for each name. */
  double list() throws ErrnoException, IOException {
    int[] names = {0};
    long begin = System.nanoTime();
    for (int time = 0; time < SAMPLE / IN_DIRECTORY; time++) {
      long inode = files.find(ZoneFileSystem.ROOT_INODE, directoryOf(random.nextLong(count)));
      long handle = files.openDirectory(inode);
      files.readDirectory(
          handle,
          0,
          (name, child, mode, next) -> {
            names[0]++;
            return true;
          });
      files.releaseDirectory(handle);
    }
    return (System.nanoTime() - begin) / 1000.0 / names[0];
  }

  /** Deletes files anywhere, and makes that durable; what was deleted comes again, unmeasured. */
  double delete() throws ErrnoException, IOException {
    long[] gone = random.longs(0, count).distinct().limit(Math.min(SAMPLE, count / 2)).toArray();
    double micros =
        microsOf(
            gone.length,
            time -> {
              long parent = files.find(ZoneFileSystem.ROOT_INODE, directoryOf(gone[time]));
              files.unlink(Caller.ROOT, parent, nameOf(gone[time]));
              if (time == gone.length - 1) {
                files.sync();
              }
            });
    for (long file : gone) {
      create(files.find(ZoneFileSystem.ROOT_INODE, directoryOf(file)), file);
    }
    return micros;
  }

  private static byte[] directoryOf(long file) {
    return ("directory-" + file / IN_DIRECTORY).getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] nameOf(long file) {
    return ("file-" + file).getBytes(StandardCharsets.US_ASCII);
  }
}
