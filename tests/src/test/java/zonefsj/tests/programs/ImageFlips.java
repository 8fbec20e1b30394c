// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/**
 * Flips bits of an image while it is in use, in what is written of its zones, but not in the first
 * two, which hold the label of a mirror. Not thread-safe.
 */
final class ImageFlips implements AutoCloseable {
  private static final int LABEL_ZONES = 2;
  private static final int HEADER_BYTES = 4096;
  private static final int ENTRY_BYTES = 32;

  // Where the header says it (FORMAT.md).
  private static final int ZONES_OFFSET = 68;
  private static final int ZONE_SIZE_OFFSET = 72;
  private static final int DATA_OFFSET = 128;
  private static final int WRITTEN_OFFSET = 8;

  private final FileChannel image;
  private final SplittableRandom random;
  private final int zones;
  private final long zoneBytes;
  private final long dataOffsetBytes;

  ImageFlips(Path path, long seed) throws IOException {
    this.random = new SplittableRandom(seed);
    this.image = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    ByteBuffer header = read(0, HEADER_BYTES);
    this.zones = header.getInt(ZONES_OFFSET);
    this.zoneBytes = header.getLong(ZONE_SIZE_OFFSET);
    this.dataOffsetBytes = header.getLong(DATA_OFFSET);
  }

  private ByteBuffer read(long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (image.read(bytes, at + bytes.position()) < 0) {
        throw new IOException("the image ends at byte " + (at + bytes.position()));
      }
    }
    return bytes.flip();
  }

  /** Flips a bit; every written byte is as likely as any other. */
  void flip() throws IOException {
    ByteBuffer table = read(HEADER_BYTES, zones * ENTRY_BYTES);
    long all = 0;
    for (int zone = LABEL_ZONES; zone < zones; zone++) {
      all += written(table, zone);
    }
    long chosen = random.nextLong(all);
    int zone = LABEL_ZONES;
    while (chosen >= written(table, zone)) {
      chosen -= written(table, zone++);
    }
    long at = dataOffsetBytes + zone * zoneBytes + chosen;
    ByteBuffer one = read(at, 1);
    one.put(0, (byte) (one.get(0) ^ 1 << random.nextInt(Byte.SIZE)));
    image.write(one, at);
  }

  private long written(ByteBuffer table, int zone) {
    return Math.min(zoneBytes, table.getLong(zone * ENTRY_BYTES + WRITTEN_OFFSET));
  }

  @Override
  public void close() throws IOException {
    image.close();
  }
}
