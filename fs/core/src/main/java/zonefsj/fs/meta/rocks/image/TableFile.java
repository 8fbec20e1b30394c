// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.run.Lz4;

/** Reads the blocks of a table sequentially, with one block in memory at a time. */
final class TableFile implements Closeable {
  private static final int WINDOW_BYTES = 256 << 10;
  private static final int NOT_COMPRESSED = 0;
  private static final int LZ4 = 4;

  /** Largest compression ratio of LZ4. */
  private static final int LZ4_RATIO = 255;

  private final Path path;
  private final FileChannel channel;
  private final long length;
  private byte[] window = new byte[WINDOW_BYTES];
  private long windowAt;
  private int windowBytes;

  private byte[] plain = new byte[WINDOW_BYTES];
  private byte[] block = plain;
  private int blockAt;
  private int blockBytes;

  TableFile(Path path) throws HostException {
    this.path = path;
    this.channel = HostException.at(path, () -> FileChannel.open(path, StandardOpenOption.READ));
    this.length = HostException.at(path, channel::size);
  }

  long length() {
    return length;
  }

  /** Copies bytes that are inside the file. */
  byte[] read(long at, int bytes) throws IOException {
    int offset = offsetOf(at, bytes);
    return Arrays.copyOfRange(window, offset, offset + bytes);
  }

  /** Loads bytes that are inside the file into the window; returns their offset in it. */
  private int offsetOf(long at, int bytes) throws IOException {
    if (at < windowAt || at + bytes > windowAt + windowBytes) {
      if (bytes > window.length) {
        window = new byte[bytes];
      }
      windowAt = at;
      windowBytes = (int) Math.min(window.length, length - at);
      HostException.doAt(path, this::fill);
    }
    return (int) (at - windowAt);
  }

  private void fill() throws IOException {
    ByteBuffer target = ByteBuffer.wrap(window, 0, windowBytes);
    while (target.position() < windowBytes) {
      // Limit the read: Java keeps memory outside the heap for the longest read of each thread.
      target.limit(Math.min(windowBytes, target.position() + WINDOW_BYTES));
      if (channel.read(target, windowAt + target.position()) < 0) {
        throw new EOFException(path + " has become shorter");
      }
    }
  }

  /**
   * Reads a block.
   *
   * @param limit end of the blocks in the file
   * @param mostBytes limit of its length, compressed or not
   */
  void readBlock(BlockHandle handle, long limit, int mostBytes, boolean mayBeCompressed)
      throws IOException {
    requireInside(handle, limit, mostBytes);
    int stored = (int) handle.bytes();
    int offset = offsetOf(handle.at(), stored + 1);
    int type = window[offset + stored] & 0xff;
    if (type == NOT_COMPRESSED) {
      block = window;
      blockAt = offset;
      blockBytes = stored;
    } else if (type == LZ4 && mayBeCompressed) {
      decompress(offset, stored, mostBytes);
    } else {
      throw new ImageDamagedException("a block has compression type " + type);
    }
  }

  private void decompress(int offset, int stored, int mostBytes) throws ImageDamagedException {
    Cursor in = new Cursor(window, offset, offset + stored);
    long bytes = in.number();
    if (bytes > mostBytes || bytes > (long) LZ4_RATIO * stored) {
      throw new ImageDamagedException("a block of " + stored + " bytes is said to hold " + bytes);
    }
    if (bytes > plain.length) {
      plain = new byte[(int) bytes];
    }
    if (!Lz4.decompress(window, in.at(), offset + stored, plain, (int) bytes)) {
      throw new ImageDamagedException("a block cannot be decompressed");
    }
    block = plain;
    blockAt = 0;
    blockBytes = (int) bytes;
  }

  private static void requireInside(BlockHandle handle, long limit, int mostBytes)
      throws ImageDamagedException {
    if (handle.bytes() < 0
        || handle.bytes() > mostBytes
        || handle.at() < 0
        || handle.at() > limit
        || handle.end() > limit) {
      throw new ImageDamagedException(
          "a block of " + handle.bytes() + " bytes is said to be at " + handle.at());
    }
  }

  /**
   * Reads the last bytes of an uncompressed block; fewer if it is shorter.
   *
   * @param limit end of the blocks in the file
   */
  byte[] readTail(BlockHandle handle, long limit, int mostBytes, int bytes) throws IOException {
    requireInside(handle, limit, mostBytes);
    int tail = (int) Math.min(bytes, handle.bytes());
    byte[] read = read(handle.at() + handle.bytes() - tail, tail + 1);
    if (read[tail] != NOT_COMPRESSED) {
      throw new ImageDamagedException("a block has compression type " + read[tail]);
    }
    return Arrays.copyOf(read, tail);
  }

  /** The entries of the last block that was read; valid until the next one is read. */
  BlockEntries entries(BlockEntries.Values values) throws ImageDamagedException {
    return new BlockEntries(block, blockAt, blockBytes, values);
  }

  /** As {@link #entries}, but stays valid; releases the read buffers. */
  BlockEntries keepEntries(BlockEntries.Values values) throws ImageDamagedException {
    BlockEntries kept = entries(values);
    releaseBuffers();
    return kept;
  }

  /** Releases large buffers and the block. */
  void releaseBuffers() {
    plain = new byte[WINDOW_BYTES];
    window = new byte[WINDOW_BYTES];
    windowBytes = 0;
    block = plain;
    blockBytes = 0;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
