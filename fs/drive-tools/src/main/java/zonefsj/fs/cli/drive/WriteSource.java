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
 * Bytes to be written to a zone, whose number is known before the first of them is: what comes
 * through a pipe is kept in a temporary file first. For one thread.
 */
public final class WriteSource implements Closeable {
  private static final int COPY_BYTES = 1 << 20;

  private final FileChannel channel;

  private WriteSource(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * A file.
   *
   * @param mostBytes no more than this and one byte are taken from what is no regular file
   */
  public static WriteSource of(Path file, long mostBytes) throws IOException {
    if (Files.isDirectory(file)) {
      throw new UserError(file + ": is a directory");
    }
    if (Files.isRegularFile(file)) {
      return new WriteSource(FileChannel.open(file, StandardOpenOption.READ));
    }
    try (InputStream in = Files.newInputStream(file)) {
      return of(in, mostBytes);
    }
  }

  /**
   * What comes from a stream, which stays open.
   *
   * @param mostBytes no more than this and one byte are taken
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

  /** A file that has no name any more: it is gone with the process, however that ends. */
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

  /** How many bytes there are. */
  public long sizeBytes() throws IOException {
    return channel.size();
  }

  /**
   * Reads until {@code destination} is full or the end is reached.
   *
   * @return false if it was at the end
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
