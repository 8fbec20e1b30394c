// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.protocol;

import java.nio.ByteBuffer;
import zonefsj.fs.ErrnoException;

/**
 * {@code struct fuse_in_header}, the beginning of each request.
 *
 * <pre>
 *  0  u32  length of the request, this header included
 *  4  u32  opcode
 *  8  u64  unique: number of the request
 * 16  u64  node
 * 24  u32  uid
 * 28  u32  gid
 * 32  u32  pid
 * 36  u16  length of the extensions at the end, in units of 8 bytes
 * 38  u16  padding
 * </pre>
 *
 * @param lengthBytes length of the request
 * @param opcode number of the operation, {@link Opcode#of}
 * @param unique number that the reply repeats
 * @param node its subject: the inode number from {@code nodeid} of an earlier reply
 * @param uid effective user of the caller
 * @param gid effective group of the caller
 * @param pid process of the caller
 * @param extensionBytes bytes at the end that do not belong to the body
 */
public record RequestHeader(
    int lengthBytes,
    int opcode,
    long unique,
    long node,
    int uid,
    int gid,
    int pid,
    int extensionBytes) {

  /** Length of the encoded header. */
  public static final int BYTES = 40;

  private static final int EXTENSION_UNIT_BYTES = 8;

  /**
   * Reads the header and sets the buffer's position and limit to the body.
   *
   * @param request from position to limit, as received from the kernel
   */
  public static RequestHeader decode(ByteBuffer request) throws ErrnoException {
    int available = request.remaining();
    if (available < BYTES) {
      throw Requests.malformed("a request of " + available + " bytes has no header");
    }
    int lengthBytes = request.getInt();
    int opcode = request.getInt();
    long unique = request.getLong();
    long node = request.getLong();
    int uid = request.getInt();
    int gid = request.getInt();
    int pid = request.getInt();
    int extensionBytes = Short.toUnsignedInt(request.getShort()) * EXTENSION_UNIT_BYTES;
    request.getShort();
    RequestHeader header =
        new RequestHeader(lengthBytes, opcode, unique, node, uid, gid, pid, extensionBytes);
    request.limit(Math.max(request.position(), request.limit() - extensionBytes));
    return header;
  }

  /** Whether the length in the header matches the received length. */
  public boolean isWhole(int receivedBytes) {
    return lengthBytes == receivedBytes && extensionBytes <= receivedBytes - BYTES;
  }
}
