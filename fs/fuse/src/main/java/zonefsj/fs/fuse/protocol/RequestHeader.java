// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
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
 * @param uid effective user of the caller; -1 if {@link InitFlags#ALLOW_IDMAP} was negotiated,
 *     except for requests that create an inode
 * @param gid effective group of the caller; as the user
 * @param pid process of the caller
 * @param extensionBytes bytes at the end that do not belong to the body
 * @param groups the group of the directory in which an inode is created, if it is a supplementary
 *     group of the caller
 */
public record RequestHeader(
    int lengthBytes,
    int opcode,
    long unique,
    long node,
    int uid,
    int gid,
    int pid,
    int extensionBytes,
    List<Integer> groups) {

  /** Length of the encoded header. */
  public static final int BYTES = 40;

  private static final int EXTENSION_UNIT_BYTES = 8;
  private static final int EXTENSION_HEADER_BYTES = 8;
  private static final int EXTENSION_GROUPS = 32;

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
    int bodyEnd = Math.max(request.position(), request.limit() - extensionBytes);
    List<Integer> groups =
        groups(request.slice(bodyEnd, request.limit() - bodyEnd), request.order());
    RequestHeader header =
        new RequestHeader(lengthBytes, opcode, unique, node, uid, gid, pid, extensionBytes, groups);
    request.limit(bodyEnd);
    return header;
  }

  /**
   * Reads the extensions: for each u32 size, header included, u32 type, content. That of groups:
   * {@code struct fuse_supp_groups}, u32 number, then the groups.
   */
  private static List<Integer> groups(ByteBuffer unordered, ByteOrder order) throws ErrnoException {
    ByteBuffer in = unordered.order(order);
    List<Integer> groups = new ArrayList<>();
    while (in.remaining() >= EXTENSION_HEADER_BYTES) {
      int begin = in.position();
      int size = in.getInt();
      int type = in.getInt();
      if (size < EXTENSION_HEADER_BYTES || size > in.limit() - begin) {
        throw Requests.malformed("an extension of " + Integer.toUnsignedString(size) + " bytes");
      }
      if (type == EXTENSION_GROUPS) {
        ByteBuffer list = in.slice(in.position(), size - EXTENSION_HEADER_BYTES).order(order);
        int count = list.remaining() < Integer.BYTES ? -1 : list.getInt();
        if (count < 0 || list.remaining() / Integer.BYTES < count) {
          throw Requests.malformed(
              "an extension of " + Integer.toUnsignedString(count) + " groups");
        }
        for (int index = 0; index < count; index++) {
          groups.add(list.getInt());
        }
      }
      in.position(begin + size);
    }
    return List.copyOf(groups);
  }

  /** Whether the length in the header matches the received length. */
  public boolean isWhole(int receivedBytes) {
    return lengthBytes == receivedBytes && extensionBytes <= receivedBytes - BYTES;
  }
}
