package zonefsj.fs.volume;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import zonefsj.fs.meta.AppliedMark;
import zonefsj.fs.meta.CheckpointContent.FileInfo;

/**
 * The list of the files of a checkpoint: the payload of a CHECKPOINT_MANIFEST frame; little-endian:
 *
 * <pre>
 * u8   length of the format's name, the name in ASCII
 * u64  journal sequence that the checkpoint contains, u64 chain hash there
 * u32  number of files, then for each
 *      u16 length of the name, the name in UTF-8
 *      u64 size, 32 bytes of SHA-256
 *      u32 number of parts, then for each
 *          u64 position of its frame, u32 length of its payload
 * </pre>
 *
 * @param format how the files are to be read
 * @param mark where in history
 * @param files the files
 */
public record CheckpointManifest(String format, AppliedMark mark, List<StoredFile> files) {
  private static final int HASH_BYTES = 32;

  /** What is written is a mebibyte with its frame; a reader allocates what a part says. */
  private static final int MAX_PART_BYTES = 16 << 20;

  /**
   * A file and where it is.
   *
   * @param info the file
   * @param parts in order
   */
  public record StoredFile(FileInfo info, List<Part> parts) {}

  /**
   * A part of a file, in a CHECKPOINT_PART frame.
   *
   * @param position absolute position of the frame
   * @param payloadBytes bytes of the file in it
   */
  public record Part(long position, int payloadBytes) {}

  /** The payload of its frame. */
  public byte[] encode() {
    int size = 1 + format.length() + 20;
    for (StoredFile file : files) {
      size += 2 + file.info().name().getBytes(StandardCharsets.UTF_8).length;
      size += 8 + HASH_BYTES + 4 + 12 * file.parts().size();
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
      out.putInt(file.parts().size());
      for (Part part : file.parts()) {
        out.putLong(part.position()).putInt(part.payloadBytes());
      }
    }
    return out.array();
  }

  /**
   * Reads a payload whose CRC was right.
   *
   * @throws IOException if it is shorter than it says, or a length in it is impossible
   */
  public static CheckpointManifest decode(UUID filesystem, ByteBuffer in) throws IOException {
    ByteBuffer body = in.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    try {
      String format = getText(body, Byte.toUnsignedInt(body.get()));
      AppliedMark mark = new AppliedMark(filesystem, body.getLong(), body.getLong());
      int count = body.getInt();
      if (count < 0) {
        throw new IOException("a checkpoint manifest has " + count + " files");
      }
      List<StoredFile> files = new ArrayList<>();
      for (int index = 0; index < count; index++) {
        files.add(decodeFile(body));
      }
      return new CheckpointManifest(format, mark, List.copyOf(files));
    } catch (BufferUnderflowException cutShort) {
      throw new IOException("a checkpoint manifest is cut short", cutShort);
    }
  }

  private static StoredFile decodeFile(ByteBuffer body) throws IOException {
    String name = getText(body, Short.toUnsignedInt(body.getShort()));
    long size = body.getLong();
    byte[] hash = new byte[HASH_BYTES];
    body.get(hash);
    int parts = body.getInt();
    List<Part> stored = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      Part one = new Part(body.getLong(), body.getInt());
      if (one.position < 0 || one.payloadBytes < 0 || one.payloadBytes > MAX_PART_BYTES) {
        throw new IOException("a checkpoint manifest has an impossible part: " + one);
      }
      stored.add(one);
    }
    if (size < 0 || parts < 0) {
      throw new IOException("a checkpoint manifest has an impossible file");
    }
    FileInfo info = new FileInfo(name, size, HexFormat.of().formatHex(hash));
    return new StoredFile(info, List.copyOf(stored));
  }

  private static String getText(ByteBuffer body, int length) {
    byte[] text = new byte[length];
    body.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }
}
