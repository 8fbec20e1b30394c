// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.data.DataDamagedException;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.volume.state.ContentReader;
import zonefsj.fs.volume.state.DriveZones;

/**
 * The parts of a range of a file at one instant, up to a limit of bytes and of parts. The zones
 * that hold some of them are pinned until {@link #release}.
 */
final class CopySource implements AutoCloseable {
  /** Limits the length of a batch if a file has many small holes. */
  private static final int MAX_PARTS = 1024;

  /**
   * A part: bytes in a zone, bytes in memory, or a hole.
   *
   * @param from first byte, offset in the file
   * @param to byte behind the last
   * @param placed where the bytes are, if in a zone
   * @param isHole whether it is a hole
   */
  record Part(long from, long to, @Nullable PhysicalExtent placed, boolean isHole) {
    /** Bytes of data. */
    int dataBytes() {
      return isHole ? 0 : (int) (to - from);
    }

    /** Whether the bytes from the first one on are where another part had them, or in memory. */
    private boolean isKnownFrom(Part other) {
      PhysicalExtent here = placed;
      PhysicalExtent there = other.placed;
      boolean isKnown =
          here == null || (there != null && here.firstBytePosition() == there.firstBytePosition());
      return isKnown && from == other.from && isHole == other.isHole;
    }

    /** The part up to an offset behind its first byte. */
    private Part until(long end) {
      if (end >= to) {
        return this;
      }
      PhysicalExtent here = placed;
      return new Part(from, end, here == null ? null : here.slice(0, (int) (end - from)), isHole);
    }
  }

  private final DriveZones drive;
  private final VerifiedReader reader;
  private final ContentReader content;
  private final long inode;
  private final int maxDataBytes;
  private final List<Part> list = new ArrayList<>();
  private final List<Integer> pins = new ArrayList<>();
  private int dataBytes;

  private CopySource(
      DriveZones drive,
      VerifiedReader reader,
      ContentReader content,
      long inode,
      int maxDataBytes) {
    this.drive = drive;
    this.reader = reader;
    this.content = content;
    this.inode = inode;
    this.maxDataBytes = maxDataBytes;
  }

  /**
   * Locates the parts of a range and pins their zones. The caller holds the inode's lock.
   *
   * @throws DataDamagedException if it begins with bytes that are lost
   */
  static CopySource pinned(
      DriveZones drive,
      VerifiedReader reader,
      ContentReader content,
      long inode,
      long from,
      long to,
      int maxDataBytes)
      throws IOException {
    CopySource source = new CopySource(drive, reader, content, inode, maxDataBytes);
    boolean done = false;
    try {
      content.visit(inode, from, to, source.new Collector(true, null));
      done = true;
      return source;
    } finally {
      if (!done) {
        source.release();
      }
    }
  }

  /** Bytes of the file, including holes. */
  long length() {
    return lengthOf(list);
  }

  /** Bytes of the file in adjacent parts, including holes. */
  static long lengthOf(List<Part> parts) {
    return parts.isEmpty() ? 0 : parts.get(parts.size() - 1).to() - parts.get(0).from();
  }

  /** Bytes that are not holes. */
  int dataBytes() {
    return dataBytes;
  }

  /**
   * Reads the bytes in zones to their place in the data. The caller holds no lock.
   *
   * @throws DataDamagedException if bytes are damaged
   */
  void read(ByteBuffer data) throws IOException {
    List<VerifiedReader.ReadRequest> wanted = new ArrayList<>(list.size());
    int at = 0;
    for (Part part : list) {
      PhysicalExtent placed = part.placed();
      if (placed != null) {
        wanted.add(new VerifiedReader.ReadRequest(placed, data.slice(at, part.dataBytes())));
      }
      at += part.dataBytes();
    }
    try {
      reader.readAll(wanted, this::noteWrongCopy);
    } catch (DataDamagedException damaged) {
      for (Part part : list) {
        PhysicalExtent placed = part.placed();
        if (placed != null) {
          content.note(inode, part.from(), placed, damaged);
        }
      }
      throw damaged;
    }
  }

  private void noteWrongCopy(long positionBytes, int lengthBytes) {
    for (Part part : list) {
      PhysicalExtent placed = part.placed();
      if (placed != null) {
        content.noteWrongCopy(inode, part.from(), placed, positionBytes, lengthBytes);
      }
    }
  }

  /**
   * The first parts whose bytes are in the data: those that are still in the same place, and those
   * that are in memory now and are copied to their place in the data. The caller holds the inode's
   * lock for writing.
   *
   * @param size of the file now
   */
  List<Part> stillThere(ByteBuffer data, long size) throws IOException {
    List<Part> still = new ArrayList<>(list.size());
    if (list.isEmpty()) {
      return still;
    }
    CopySource now = new CopySource(drive, reader, content, inode, maxDataBytes);
    long from = list.get(0).from();
    content.visit(inode, from, from + length(), now.new Collector(false, data));
    for (int index = 0; index < Math.min(list.size(), now.list.size()); index++) {
      Part old = list.get(index);
      Part part = now.list.get(index);
      long end = Math.min(Math.min(part.to(), old.to()), size);
      if (!part.isKnownFrom(old) || end <= part.from()) {
        break;
      }
      still.add(part.until(end));
      if (end < part.to() || end < old.to()) {
        break;
      }
    }
    return still;
  }

  /** Unpins the zones. */
  void release() {
    pins.forEach(drive.usage()::unpin);
    pins.clear();
  }

  @Override
  public void close() {
    release();
  }

  /** Takes parts up to the limits. */
  private final class Collector implements ContentReader.Sink {
    private final boolean pins;
    private final @Nullable ByteBuffer memory;

    Collector(boolean pins, @Nullable ByteBuffer memory) {
      this.pins = pins;
      this.memory = memory;
    }

    private int room(int wanted) {
      return list.size() < MAX_PARTS ? Math.min(wanted, maxDataBytes - dataBytes) : 0;
    }

    @Override
    public boolean memory(long from, ByteBuffer bytes) {
      int taken = room(bytes.remaining());
      if (taken > 0) {
        ByteBuffer into = memory;
        if (into != null && dataBytes < into.capacity()) {
          int copied = Math.min(taken, into.capacity() - dataBytes);
          into.put(dataBytes, bytes, bytes.position(), copied);
        }
        list.add(new Part(from, from + taken, null, false));
        dataBytes += taken;
      }
      return taken == bytes.remaining();
    }

    @Override
    public boolean placed(long from, PhysicalExtent data) throws IOException {
      int taken = room(data.lengthBytes());
      if (taken > 0) {
        if (pins) {
          if (!data.liesOn(drive.device().geometry())) {
            return lost(from, from + data.lengthBytes());
          }
          int zone = drive.device().geometry().zoneOf(data.positionBytes());
          drive.usage().pin(zone);
          CopySource.this.pins.add(zone);
        }
        list.add(new Part(from, from + taken, data.slice(0, taken), false));
        dataBytes += taken;
      }
      return taken == data.lengthBytes();
    }

    @Override
    public boolean hole(long from, long to) {
      if (list.size() == MAX_PARTS) {
        return false;
      }
      list.add(new Part(from, to, null, true));
      return true;
    }

    @Override
    public boolean lost(long from, long to) throws IOException {
      if (list.isEmpty()) {
        content.noteLost(inode, from, to);
        throw new DataDamagedException(
            "bytes " + from + " to " + to + " of the file were lost to damage on the drive");
      }
      return false;
    }
  }
}
