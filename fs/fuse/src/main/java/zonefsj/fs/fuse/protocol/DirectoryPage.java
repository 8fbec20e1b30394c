// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.protocol;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.Attributes;

/**
 * Directory entries in a reply: {@code struct fuse_dirent}; for READDIRPLUS each after a {@code
 * struct fuse_entry_out}.
 *
 * <pre>
 *  0  u64  inode
 *  8  u64  cookie at which to continue after this entry
 * 16  u32  length of the name
 * 20  u32  type, as st_mode &gt;&gt; 12
 * 24  ...  name, and zeros up to a multiple of 8
 * </pre>
 */
public final class DirectoryPage {
  private static final int FIXED_BYTES = 24;
  private static final int ALIGNMENT_BYTES = 8;
  private static final int TYPE_SHIFT = 12;
  private static final int TYPE_MASK = 0xf;

  private final Reply reply;
  private final ByteBuffer out;
  private final int endBytes;
  private final boolean withAttributes;

  DirectoryPage(Reply reply, ByteBuffer out, int sizeBytes, boolean withAttributes) {
    this.reply = reply;
    this.out = out;
    this.endBytes = out.position() + sizeBytes;
    this.withAttributes = withAttributes;
  }

  /** Whether an entry fits. */
  public boolean fits(byte[] name) {
    return out.position() + (withAttributes ? Reply.ENTRY_BYTES : 0) + direntBytes(name)
        <= endBytes;
  }

  /**
   * Adds an entry that {@link #fits}.
   *
   * @param attributes for READDIRPLUS: the kernel counts them as one more lookup; null for an entry
   *     without attributes
   */
  public void add(
      byte[] name, long inode, int mode, long nextCookie, @Nullable Attributes attributes) {
    if (withAttributes) {
      if (attributes == null) {
        reply.putZeros(Reply.ENTRY_BYTES);
      } else {
        reply.entry(attributes);
      }
    }
    out.putLong(inode).putLong(nextCookie).putInt(name.length);
    out.putInt(mode >>> TYPE_SHIFT & TYPE_MASK).put(name);
    reply.putZeros(direntBytes(name) - FIXED_BYTES - name.length);
  }

  private static int direntBytes(byte[] name) {
    return (FIXED_BYTES + name.length + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES;
  }
}
