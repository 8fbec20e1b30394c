// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.protocol.Reply;
import zonefsj.fs.fuse.protocol.RequestHeader;
import zonefsj.fs.fuse.protocol.Requests;

/**
 * The calls of ioctl(2) that every filesystem answers: flags and attributes of a file, of which
 * none is ever set, its generation, the label of the filesystem, and FITRIM. All others are ENOTTY,
 * also those that set flags. Thread-safe.
 */
final class IoctlRequests {
  // linux/fs.h, with the length of the argument in bits 16 to 29
  private static final int FS_IOC_GETFLAGS = 0x80086601;
  private static final int FS_IOC32_GETFLAGS = 0x80046601;
  private static final int FS_IOC_GETVERSION = 0x80087601;
  private static final int FS_IOC32_GETVERSION = 0x80047601;
  private static final int FS_IOC_FSGETXATTR = 0x801c581f;
  private static final int FS_IOC_GETFSLABEL = 0x81009431;
  private static final int FITRIM = 0xc0185879;

  /** The results of GETFLAGS and GETVERSION are an int, whatever their number says. */
  private static final int INT_BYTES = 4;

  private static final int FSXATTR_BYTES = 28;
  private static final int LABEL_BYTES = 256;
  private static final int TRIM_RANGE_BYTES = 24;
  private static final int TRIM_LENGTH_AT = 8;

  private final ZoneFileSystem fileSystem;

  IoctlRequests(ZoneFileSystem fileSystem) {
    this.fileSystem = fileSystem;
  }

  void serve(RequestHeader header, ByteBuffer body, Reply reply)
      throws ErrnoException, IOException {
    Requests.Ioctl request = Requests.Ioctl.decode(body);
    byte[] result =
        switch (request.command()) {
          case FS_IOC_GETFLAGS, FS_IOC32_GETFLAGS -> new byte[INT_BYTES];
          case FS_IOC_GETVERSION, FS_IOC32_GETVERSION ->
              ByteBuffer.allocate(INT_BYTES)
                  .order(ByteOrder.nativeOrder())
                  .putInt(fileSystem.attributes(header.node()).generation())
                  .array();
          case FS_IOC_FSGETXATTR -> new byte[FSXATTR_BYTES];
          case FS_IOC_GETFSLABEL -> label();
          case FITRIM -> trim(header, body);
          default ->
              throw new ErrnoException(
                  Errno.ENOTTY, "ioctl " + Integer.toHexString(request.command()));
        };
    if (result.length > request.outputBytes()) {
      throw new ErrnoException(Errno.EINVAL, "room for " + request.outputBytes() + " bytes");
    }
    reply.ioctlDone();
    reply.bytes(result);
  }

  private byte[] label() {
    byte[] text = fileSystem.label().getBytes(StandardCharsets.UTF_8);
    byte[] padded = new byte[LABEL_BYTES];
    System.arraycopy(text, 0, padded, 0, Math.min(text.length, LABEL_BYTES - 1));
    return padded;
  }

  /** Empty zones are reset as soon as they are empty, so there is nothing to discard: 0 bytes. */
  private static byte[] trim(RequestHeader header, ByteBuffer body) throws ErrnoException {
    if (!NodeRequests.caller(header).isAdministrator()) {
      throw new ErrnoException(Errno.EPERM, "FITRIM of a user");
    }
    if (body.remaining() != TRIM_RANGE_BYTES) {
      throw new ErrnoException(Errno.EINVAL, "a range of " + body.remaining() + " bytes");
    }
    byte[] range = new byte[TRIM_RANGE_BYTES];
    body.get(range);
    ByteBuffer.wrap(range).putLong(TRIM_LENGTH_AT, 0);
    return range;
  }
}
