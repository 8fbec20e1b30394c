// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import zonefsj.fs.cli.host.UserError;

/**
 * Data to write to a zone. Their size is known before the first byte is written, so data from a
 * pipe go to a temporary file first. Single-threaded.
 */
public final class WriteSource implements Closeable {
  private static final int COPY_BYTES = 1 << 20;

  private final FileChannel channel;

  private WriteSource(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Opens a file.
   *
   * @param mostBytes for anything but a regular file: limit; at most this and one byte are read
   */
  public static WriteSource of(Path file, long mostBytes) throws IOException {
    if (Files.isDirectory(file)) {
      throw new UserError(file + ": is a directory; give a file");
    }
    if (Files.isRegularFile(file)) {
      return new WriteSource(FileChannel.open(file, StandardOpenOption.READ));
    }
    try (InputStream in = Files.newInputStream(file)) {
      return of(in, mostBytes);
    }
  }

  /**
   * Reads from a stream, which stays open.
   *
   * @param mostBytes limit; at most this and one byte are read
   */
  public static WriteSource of(InputStream in, long mostBytes) throws IOException {
    FileChannel channel = temporary();
    boolean kept = false;
    try {
      keep(in, channel, mostBytes + 1);
      kept = true;
      return new WriteSource(channel.position(0));
    } finally {
      if (!kept) {
        channel.close();
      }
    }
  }

  /** Creates a file without a name, which ends with the process, in whatever way that ends. */
  private static FileChannel temporary() throws IOException {
    Path file = Files.createTempFile("zonefs-j-write-", ".tmp");
    try {
      return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } finally {
      Files.delete(file);
    }
  }

  private static void keep(InputStream in, FileChannel file, long mostBytes) throws IOException {
    byte[] buffer = new byte[COPY_BYTES];
    long left = mostBytes;
    while (left > 0) {
      int length = in.read(buffer, 0, (int) Math.min(left, buffer.length));
      if (length < 0) {
        return;
      }
      ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, length);
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      left -= length;
    }
  }

  /** Number of bytes. */
  public long sizeBytes() throws IOException {
    return channel.size();
  }

  /**
   * Reads until {@code destination} is full or the data end.
   *
   * @return false if nothing was left to read
   */
  public boolean read(ByteBuffer destination) throws IOException {
    int before = destination.position();
    int length = 0;
    while (length >= 0 && destination.hasRemaining()) {
      length = channel.read(destination);
    }
    return destination.position() > before;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
