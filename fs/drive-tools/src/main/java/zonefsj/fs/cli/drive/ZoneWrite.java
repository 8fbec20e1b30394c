// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceException;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.options.OptionValues;
import zonefsj.fs.cli.options.UsageError;

/**
 * One manual write to a zone. It checks everything before it writes the first byte.
 * Single-threaded.
 *
 * <p>A zone with a write pointer is written only there. An offset is then only a check: the write
 * is refused if the pointer is elsewhere. A conventional zone is written at the offset.
 */
public final class ZoneWrite {
  private static final int CHUNK_BYTES = 1 << 20;

  private final ZonedDevice device;
  private final int zone;
  private final long positionBytes;
  private final long roomBytes;

  private ZoneWrite(ZonedDevice device, int zone, long positionBytes, long roomBytes) {
    this.device = device;
    this.zone = zone;
    this.positionBytes = positionBytes;
    this.roomBytes = roomBytes;
  }

  /**
   * Finds the position at which a zone can be written.
   *
   * @param offsetBytes expected offset of the write pointer, or offset of the write in a
   *     conventional zone; null: at the write pointer
   * @throws UsageError if there is no such zone or offset
   * @throws UserError if the zone takes no writes there
   */
  public static ZoneWrite at(ZonedDevice device, int zone, @Nullable Long offsetBytes)
      throws IOException, UsageError {
    new ZoneRange(zone, zone).checkWithin(device.geometry().zoneCount());
    ZoneDescriptor now = device.report(zone, 1).get(0);
    int block = device.geometry().blockSizeBytes();
    if (offsetBytes != null && offsetBytes % block != 0) {
      throw new UsageError(
          "--offset " + offsetBytes + " is not a multiple of the block size of " + block);
    }
    if (offsetBytes != null && offsetBytes >= now.sizeBytes()) {
      throw new UsageError("--offset " + offsetBytes + " is not within zone " + zone);
    }
    if (now.condition() == ZoneCondition.NOT_WRITE_POINTER) {
      if (offsetBytes == null) {
        throw new UsageError(
            "zone " + zone + " is conventional and has no write pointer: say where with --offset");
      }
      return new ZoneWrite(
          device, zone, now.startBytes() + offsetBytes, now.sizeBytes() - offsetBytes);
    }
    if (!now.hasWritePointer() || now.condition() == ZoneCondition.FULL) {
      throw new UserError(
          "zone "
              + zone
              + " takes no writes: it is "
              + OptionValues.word(now.condition())
              + "; give another zone");
    }
    // A host-aware drive would accept a write elsewhere, but this command does not write there.
    if (offsetBytes != null && offsetBytes != now.writtenBytes()) {
      throw new UserError(
          "zone "
              + zone
              + " is written at its write pointer only, which is at offset "
              + now.writtenBytes()
              + ", not at "
              + offsetBytes
              + "; leave out --offset to write there");
    }
    return new ZoneWrite(device, zone, now.writePointerBytes(), now.remainingBytes());
  }

  /** Absolute position of the first byte. */
  public long positionBytes() {
    return positionBytes;
  }

  /** Offset of the first byte in the zone. */
  public long offsetBytes() {
    return positionBytes - device.geometry().zoneStartBytes(zone);
  }

  /** Number of bytes that can be written. */
  public long roomBytes() {
    return roomBytes;
  }

  /**
   * Writes all data of a source and makes them durable.
   *
   * @param pad whether to fill the last block with zeros
   * @return the number of bytes written, including the zeros
   * @throws UserError if there is nothing to write, the data do not fit, or they are not a whole
   *     number of blocks; then nothing was written. Also if the drive failed; then the message
   *     gives the number of bytes written.
   */
  public long run(WriteSource source, boolean pad, ProgressListener progress) throws IOException {
    int block = device.geometry().blockSizeBytes();
    long size = source.sizeBytes();
    long whole = (size + block - 1) / block * block;
    if (size == 0) {
      throw new UserError(
          "zone "
              + zone
              + ": there is nothing to write: the input is empty; give a file that holds something");
    }
    if (size > roomBytes) {
      throw new UserError(
          "zone "
              + zone
              + " has room for "
              + roomBytes
              + " bytes, the input has "
              + "more: give less, or another zone; nothing was written");
    }
    if (whole != size && !pad) {
      throw new UserError(
          "the input has "
              + size
              + " bytes, not a multiple of the block size of "
              + block
              + ": --pad adds "
              + (whole - size)
              + " zeros; nothing was written");
    }
    long written = 0;
    PassProgress pass = new PassProgress(progress, "writing, in bytes", whole);
    try {
      ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES + block).alignedSlice(block);
      buffer.limit(CHUNK_BYTES);
      while (source.read(buffer)) {
        while (buffer.position() % block != 0) {
          buffer.put((byte) 0);
        }
        buffer.flip();
        int length = buffer.remaining();
        device.write(positionBytes + written, buffer);
        written += length;
        pass.add(length);
        buffer.clear().limit(CHUNK_BYTES);
      }
      device.flush();
    } catch (DeviceException e) {
      throw new UserError(
          e.getMessage() + " (of " + whole + " bytes " + written + " were written before)", e);
    }
    return written;
  }
}
