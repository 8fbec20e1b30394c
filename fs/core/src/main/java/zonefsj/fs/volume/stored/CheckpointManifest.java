// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent.FileInfo;
import zonefsj.fs.volume.stored.SuperblockEntry.CheckpointRef;
import zonefsj.zonemgr.FrameHeader;

/**
 * The list of the files of a checkpoint: the payload of a CHECKPOINT_MANIFEST frame; little-endian:
 *
 * <pre>
 * u8   length of the format's name, the name in ASCII
 * u64  journal sequence that the checkpoint contains, u64 chain hash there
 * u32  number of files, then for each
 *      u16 length of the name, the name in UTF-8
 *      u64 size, 32 bytes of SHA-256
 *      then for each of two copies
 *          u32 number of parts, then for each
 *              u64 position of its frame, u32 length of its payload, u32 CRC of its payload
 * </pre>
 *
 * @param format the format of the files
 * @param mark applied position of the image
 * @param files the files
 */
public record CheckpointManifest(String format, AppliedPosition mark, List<StoredFile> files) {
  /** Number of copies of a checkpoint on the drive. */
  public static final int COPIES = 2;

  private static final int HASH_BYTES = 32;
  private static final int PART_BYTES = 16;

  /**
   * Parts are written with at most one mebibyte, frame included; a reader allocates the length of a
   * part.
   */
  private static final int MAX_PART_BYTES = 16 << 20;

  /** Parts of 1 MiB hold an index of 512 GiB twice; about 40 bytes of memory each. */
  private static final int MAX_PARTS = 1 << 20;

  /** The files of RocksDB are rarely below 1 MiB. */
  private static final int MAX_FILES = 1 << 17;

  private static final int MAX_NAME_BYTES = 255;

  /**
   * A file and its places.
   *
   * @param info the file
   * @param copies {@link #COPIES} lists of its parts, each in order; no zone holds parts of two
   */
  public record StoredFile(FileInfo info, List<List<Part>> copies) {
    /** The parts of all copies. */
    public Stream<Part> parts() {
      return copies.stream().flatMap(List::stream);
    }
  }

  /**
   * A part of a file, in a CHECKPOINT_PART frame.
   *
   * @param position absolute position of the frame
   * @param payloadBytes bytes of the file in it
   * @param crc CRC32C of these bytes, which reveals a whole frame of an earlier checkpoint
   */
  public record Part(long position, int payloadBytes, int crc) {}

  /** All zones that hold frames of the checkpoint. */
  public Set<Integer> zones(DeviceGeometry geometry, CheckpointRef ref) {
    Set<Integer> zones = new TreeSet<>();
    ref.manifestPositions().forEach(position -> zones.add(geometry.zoneOf(position)));
    for (StoredFile file : files) {
      file.parts().forEach(part -> zones.add(geometry.zoneOf(part.position())));
    }
    return zones;
  }

  /**
   * Checks that the drive can hold the parts: every part's frame lies within one zone, and no two
   * overlap. The files are therefore no longer than the drive, and the parts no more than its
   * units.
   *
   * @throws IOException if a part has an impossible place
   */
  void checkPlaces(DeviceGeometry geometry) throws IOException {
    int unitBytes = FrameHeader.unitBytes(geometry.blockSizeBytes());
    long[][] ranges =
        files.stream()
            .flatMap(StoredFile::parts)
            .map(part -> rangeOf(part, unitBytes))
            .sorted(Comparator.comparingLong(range -> range[0]))
            .toArray(long[][]::new);
    long before = 0;
    for (long[] range : ranges) {
      boolean fits =
          range[0] >= before
              && range[1] <= geometry.capacityBytes()
              && geometry.zoneOf(range[0]) == geometry.zoneOf(range[1] - 1);
      if (!fits) {
        throw new IOException(
            "a checkpoint manifest names an impossible place: byte " + range[0] + " of the drive");
      }
      before = range[1];
    }
  }

  private static long[] rangeOf(Part part, int unitBytes) {
    long frameBytes = FrameHeader.frameBytes(part.payloadBytes(), unitBytes);
    // Beyond the end of any drive, without overflow.
    long start = Math.min(part.position(), Long.MAX_VALUE - frameBytes);
    return new long[] {start, start + frameBytes};
  }

  /**
   * Checks that readers accept as many files and parts.
   *
   * @throws IOException if there are too many
   */
  public void checkCounts() throws IOException {
    long parts = files.stream().flatMap(StoredFile::parts).count();
    if (files.size() > MAX_FILES || parts > MAX_PARTS) {
      throw new IOException(
          "the index is too large for a checkpoint: "
              + files.size()
              + " files in "
              + parts
              + " parts");
    }
  }

  /** The payload of its frame. */
  public byte[] encode() {
    int size = 1 + format.length() + 20;
    for (StoredFile file : files) {
      size += 2 + file.info().name().getBytes(StandardCharsets.UTF_8).length;
      size += 8 + HASH_BYTES;
      for (List<Part> copy : file.copies()) {
        size += 4 + PART_BYTES * copy.size();
      }
    }
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) format.length()).put(format.getBytes(StandardCharsets.US_ASCII));
    out.putLong(mark.sequence()).putLong(mark.chain());
    out.putInt(files.size());
    for (StoredFile file : files) {
      byte[] name = file.info().name().getBytes(StandardCharsets.UTF_8);
      out.putShort((short) name.length).put(name);
      out.putLong(file.info().sizeBytes());
      out.put(HexFormat.of().parseHex(file.info().contentHash()));
      for (List<Part> copy : file.copies()) {
        out.putInt(copy.size());
        for (Part part : copy) {
          out.putLong(part.position()).putInt(part.payloadBytes()).putInt(part.crc());
        }
      }
    }
    return out.array();
  }

  /**
   * Decodes a payload whose CRC was right.
   *
   * @throws IOException if it is cut short, or a length or a number in it is impossible
   */
  public static CheckpointManifest decode(UUID filesystem, ByteBuffer in) throws IOException {
    ByteBuffer body = in.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    try {
      String format = getText(body, Byte.toUnsignedInt(body.get()));
      AppliedPosition mark = new AppliedPosition(filesystem, body.getLong(), body.getLong());
      int count = body.getInt();
      if (count < 0 || count > MAX_FILES) {
        throw new IOException("a checkpoint manifest has " + count + " files");
      }
      int parts = 0;
      List<StoredFile> files = new ArrayList<>();
      for (int index = 0; index < count; index++) {
        StoredFile file = decodeFile(body, MAX_PARTS - parts);
        parts += (int) file.parts().count();
        files.add(file);
      }
      return new CheckpointManifest(format, mark, List.copyOf(files));
    } catch (BufferUnderflowException cutShort) {
      throw new IOException("a checkpoint manifest is cut short", cutShort);
    }
  }

  private static StoredFile decodeFile(ByteBuffer body, int maxParts) throws IOException {
    int nameBytes = Short.toUnsignedInt(body.getShort());
    if (nameBytes > MAX_NAME_BYTES) {
      throw new IOException("a checkpoint manifest has a name of " + nameBytes + " bytes");
    }
    String name = getText(body, nameBytes);
    long size = body.getLong();
    byte[] hash = new byte[HASH_BYTES];
    body.get(hash);
    List<List<Part>> copies = new ArrayList<>();
    for (int copy = 0; copy < COPIES; copy++) {
      copies.add(decodeParts(body, maxParts - copies.stream().mapToInt(List::size).sum()));
    }
    boolean whole =
        copies.stream()
            .allMatch(parts -> parts.stream().mapToLong(Part::payloadBytes).sum() == size);
    if (!whole || size <= 0) {
      throw new IOException("a checkpoint manifest has an impossible file");
    }
    FileInfo info = new FileInfo(name, size, HexFormat.of().formatHex(hash));
    return new StoredFile(info, List.copyOf(copies));
  }

  private static List<Part> decodeParts(ByteBuffer body, int maxParts) throws IOException {
    int count = body.getInt();
    if (count < 0 || count > maxParts) {
      throw new IOException("a checkpoint manifest has a file of " + count + " parts");
    }
    List<Part> parts = new ArrayList<>();
    for (int part = 0; part < count; part++) {
      Part one = new Part(body.getLong(), body.getInt(), body.getInt());
      if (one.position < 0 || one.payloadBytes <= 0 || one.payloadBytes > MAX_PART_BYTES) {
        throw new IOException("a checkpoint manifest has an impossible part: " + one);
      }
      parts.add(one);
    }
    return List.copyOf(parts);
  }

  private static String getText(ByteBuffer body, int length) {
    byte[] text = new byte[length];
    body.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }
}
