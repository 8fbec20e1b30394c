// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.dump;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.ImageDump;

/**
 * Copies a drive to a new image: all bytes below the write pointers, all bytes of conventional,
 * full and read-only zones, and the conditions of all zones. For one thread.
 */
public final class DriveDump {
  static final int CHUNK_BYTES = 1 << 20;

  private final ZonedDevice drive;
  private final boolean skipsUnreadable;
  private final CopyListener listener;
  private final ByteBuffer buffer;
  private long doneBytes;
  private long totalBytes;

  /** The first place of a zone that cannot be read. */
  private long unreadableFromBytes;

  private long unreadableBytes;

  private DriveDump(ZonedDevice drive, boolean skipsUnreadable, CopyListener listener) {
    this.drive = drive;
    this.skipsUnreadable = skipsUnreadable;
    this.listener = listener;
    this.buffer = buffer(drive);
  }

  /** A buffer for {@link #CHUNK_BYTES}, aligned to blocks. */
  static ByteBuffer buffer(ZonedDevice drive) {
    int block = drive.geometry().blockSizeBytes();
    return ByteBuffer.allocateDirect(CHUNK_BYTES + block).alignedSlice(block);
  }

  /**
   * Makes a dump. No file is left if it fails.
   *
   * @param file must not exist
   * @param skipsUnreadable whether blocks that cannot be read become zeros, and are told to the
   *     listener; otherwise the first of them ends the dump
   * @return number of bytes that were copied
   * @throws DriveCopyException if a zone cannot be read, which the message names
   * @throws zonefsj.device.emulated.ImageException if the file cannot be made or written, or if an
   *     image cannot have such zones
   */
  public static long write(
      ZonedDevice drive, Path file, boolean skipsUnreadable, CopyListener listener)
      throws IOException {
    return new DriveDump(drive, skipsUnreadable, listener).write(file);
  }

  private long write(Path file) throws IOException {
    List<ZoneDescriptor> zones = drive.report(0, drive.geometry().zoneCount());
    totalBytes = zones.stream().mapToLong(DriveDump::contentBytes).sum();
    try (ImageDump dump = ImageDump.create(file, drive.geometry(), zones)) {
      for (ZoneDescriptor zone : zones) {
        copy(zone, dump);
      }
      dump.complete();
    }
    return doneBytes;
  }

  /** Number of bytes at the start of a zone that it may hold. */
  static long contentBytes(ZoneDescriptor zone) {
    return switch (zone.condition()) {
      case EMPTY, OFFLINE -> 0;
      case IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED -> zone.writtenBytes();
      case NOT_WRITE_POINTER, FULL, READ_ONLY -> zone.capacityBytes();
    };
  }

  private void copy(ZoneDescriptor zone, ImageDump dump) throws IOException {
    unreadableBytes = 0;
    long content = contentBytes(zone);
    for (long offset = 0; offset < content; offset += CHUNK_BYTES) {
      int length = (int) Math.min(CHUNK_BYTES, content - offset);
      IOException failure = read(zone, offset, length);
      if (failure == null) {
        dump.write(zone.startBytes() + offset, buffer.flip());
      } else {
        copyBlocks(zone, offset, length, dump, failure);
      }
      doneBytes += length;
      listener.copied(doneBytes, totalBytes);
    }
    if (unreadableBytes > 0) {
      listener.differs(
          zone.index(),
          unreadableBytes
              + " bytes cannot be read, the first at offset "
              + unreadableFromBytes
              + ": the dump has zeros there");
    }
  }

  /** Reads into the buffer; returns why the medium does not give the bytes. */
  private @Nullable IOException read(ZoneDescriptor zone, long offset, int length)
      throws IOException {
    try {
      drive.read(zone.startBytes() + offset, buffer.clear().limit(length));
      return null;
    } catch (DeviceException e) {
      if (e.reason() == Reason.MEDIA || e.reason() == Reason.ZONE_OFFLINE) {
        return e;
      }
      // The drive is gone, or its host is in trouble: no other block could be read, either.
      throw e;
    }
  }

  private void copyBlocks(
      ZoneDescriptor zone, long from, int length, ImageDump dump, IOException failure)
      throws IOException {
    if (!skipsUnreadable) {
      throw new DriveCopyException(
          "zone "
              + zone.index()
              + " cannot be read: "
              + failure.getMessage()
              + "; --force puts zeros in place of what cannot be read",
          failure);
    }
    int block = drive.geometry().blockSizeBytes();
    for (long offset = from; offset < from + length; offset += block) {
      if (read(zone, offset, block) == null) {
        dump.write(zone.startBytes() + offset, buffer.flip());
      } else {
        unreadableFromBytes = unreadableBytes == 0 ? offset : unreadableFromBytes;
        unreadableBytes += block;
      }
    }
  }
}
