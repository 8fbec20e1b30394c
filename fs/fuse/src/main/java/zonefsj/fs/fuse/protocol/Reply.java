// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import zonefsj.fs.Attributes;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.SpaceStatistics;
import zonefsj.fs.ZoneFileSystem;

/**
 * One reply, or notice, in one buffer: {@code struct fuse_out_header} and a body.
 *
 * <pre>
 *  0  u32  length, this header included
 *  4  i32  error: 0, or the negative error number; of a notice its number
 *  8  u64  unique: number of the request; 0 of a notice
 * </pre>
 *
 * <p>One thread uses it repeatedly.
 */
public final class Reply {
  /** Length of the encoded header. */
  public static final int HEADER_BYTES = 16;

  /** Length of {@code struct fuse_entry_out}. */
  static final int ENTRY_BYTES = 128;

  private static final int BLOCK_BYTES = 4096;
  private static final int SECTOR_BYTES = 512;
  private static final int NOTIFY_INVALIDATE_INODE = 2;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STATX_BIRTH_TIME = 0x800;
  private static final int SPARE_OF_STATX = 14;

  /** Times have a granularity of a nanosecond. */
  private static final int TIME_GRANULARITY_NANOS = 1;

  /**
   * Time for which the kernel may cache names and attributes: both change only through this mount,
   * and the kernel, which knows inodes by their number, tracks its own changes. Not for an estimate
   * of the allocated bytes.
   */
  private static final long VALID_SECONDS = 86_400;

  private final ByteBuffer out;

  /**
   * @param maxBodyBytes largest length of the body
   */
  public Reply(int maxBodyBytes) {
    out = ByteBuffer.allocateDirect(HEADER_BYTES + maxBodyBytes).order(ByteOrder.nativeOrder());
    begin();
  }

  /** Starts a new reply with an empty body. */
  public void begin() {
    out.clear().position(HEADER_BYTES);
  }

  /**
   * Completes a reply without an error.
   *
   * @return the bytes, from position to limit
   */
  public ByteBuffer success(long unique) {
    return end(0, unique);
  }

  /**
   * Drops the body and completes a reply with an error.
   *
   * @param error negative error number
   * @return the bytes, from position to limit
   */
  public ByteBuffer failure(int error, long unique) {
    begin();
    return end(error, unique);
  }

  private ByteBuffer end(int error, long unique) {
    out.flip();
    return out.putInt(0, out.limit()).putInt(4, error).putLong(8, unique);
  }

  /** Present length of the body. */
  int bodyBytes() {
    return out.position() - HEADER_BYTES;
  }

  /**
   * Answers INIT.
   *
   * @param mostBackground largest number of requests that the kernel sends at a time in the
   *     background: write back, and read ahead, which includes buffered reads that a program waits
   *     for (FUSE_ASYNC_READ); others of the kind wait in the kernel
   */
  public void init(Negotiation agreed, int mostBackground) {
    out.putInt(Negotiation.MAJOR).putInt(agreed.minor()).putInt(agreed.maxReadAheadBytes());
    out.putInt((int) agreed.flags());
    out.putShort((short) mostBackground).putShort((short) Math.max(1, mostBackground / 4 * 3));
    out.putInt(agreed.maxWriteBytes()).putInt(TIME_GRANULARITY_NANOS);
    out.putShort((short) (agreed.maxWriteBytes() / BLOCK_BYTES)).putShort((short) 0);
    out.putInt((int) (agreed.flags() >>> Integer.SIZE));
    putZeros(28);
  }

  /** Answers a LOOKUP that found nothing, so that the kernel can cache this. */
  public void noEntry() {
    out.putLong(0).putLong(0).putLong(VALID_SECONDS).putLong(0);
    putZeros(ENTRY_BYTES - 32);
  }

  /** {@code struct fuse_entry_out}: for LOOKUP and all requests that create an inode. */
  public void entry(Attributes attributes) {
    out.putLong(attributes.inode()).putLong(Integer.toUnsignedLong(attributes.generation()));
    out.putLong(VALID_SECONDS).putLong(validSeconds(attributes)).putLong(0);
    attr(attributes);
  }

  /** {@code struct fuse_attr_out}: for GETATTR and SETATTR. */
  public void attributes(Attributes attributes) {
    out.putLong(validSeconds(attributes)).putLong(0);
    attr(attributes);
  }

  /** {@code struct fuse_attr}. */
  @SuppressWarnings("JavaInstantGetSecondsGetNano") // the struct has all seconds first
  private void attr(Attributes attributes) {
    out.putLong(attributes.inode()).putLong(attributes.sizeBytes()).putLong(sectors(attributes));
    out.putLong(attributes.accessTime().getEpochSecond());
    out.putLong(attributes.modifyTime().getEpochSecond());
    out.putLong(attributes.changeTime().getEpochSecond());
    out.putInt(attributes.accessTime().getNano());
    out.putInt(attributes.modifyTime().getNano());
    out.putInt(attributes.changeTime().getNano());
    out.putInt(attributes.mode()).putInt(attributes.linkCount());
    out.putInt(attributes.uid()).putInt(attributes.gid()).putInt((int) attributes.device());
    out.putInt(BLOCK_BYTES).putInt(0);
  }

  /** The kernel asks again for what a commit may change, because no commit tells it. */
  private static long validSeconds(Attributes attributes) {
    return attributes.estimated() ? 0 : VALID_SECONDS;
  }

  private static long sectors(Attributes attributes) {
    return (attributes.allocatedBytes() + SECTOR_BYTES - 1) / SECTOR_BYTES;
  }

  /** {@code struct fuse_statx_out}. */
  public void statx(Attributes attributes) {
    out.putLong(validSeconds(attributes)).putInt(0).putInt(0).putLong(0).putLong(0);
    out.putInt(STATX_BASIC_STATS | STATX_BIRTH_TIME).putInt(BLOCK_BYTES).putLong(0);
    out.putInt(attributes.linkCount()).putInt(attributes.uid()).putInt(attributes.gid());
    out.putShort((short) attributes.mode()).putShort((short) 0);
    out.putLong(attributes.inode()).putLong(attributes.sizeBytes()).putLong(sectors(attributes));
    out.putLong(0);
    statxTime(attributes.accessTime());
    statxTime(attributes.birthTime());
    statxTime(attributes.changeTime());
    statxTime(attributes.modifyTime());
    int device = (int) attributes.device();
    out.putInt(device >>> 8 & 0xfff).putInt((device & 0xff) | (device >>> 12 & 0xfff00));
    out.putInt(0).putInt(0);
    putZeros(SPARE_OF_STATX * Long.BYTES);
  }

  private void statxTime(Instant time) {
    out.putLong(time.getEpochSecond()).putInt(time.getNano()).putInt(0);
  }

  /**
   * {@code struct fuse_open_out}.
   *
   * @param flags {@link OpenReplyFlags}
   */
  public void opened(long handle, int flags) {
    out.putLong(handle).putInt(flags).putInt(0);
  }

  /** {@code struct fuse_write_out}: number of bytes written. */
  public void written(int bytes) {
    out.putInt(bytes).putInt(0);
  }

  /** {@code struct fuse_lseek_out}, also for copies of up to 2^63 bytes. */
  public void position(long bytes) {
    out.putLong(bytes);
  }

  /** {@code struct fuse_getxattr_out}: for requests of the length only. */
  public void xattrLength(int bytes) {
    out.putInt(bytes).putInt(0);
  }

  /** {@code struct fuse_statfs_out}. */
  public void statfs(SpaceStatistics space) {
    int block = space.blockSizeBytes();
    out.putLong(space.totalBytes() / block);
    out.putLong(space.freeBytes() / block).putLong(space.availableBytes() / block);
    out.putLong(space.inodes() + space.freeInodes()).putLong(space.freeInodes());
    out.putInt(block).putInt(ZoneFileSystem.MAX_NAME_BYTES).putInt(block);
    putZeros(28);
  }

  /** {@code struct fuse_ioctl_out} of a successful ioctl(2), before its result. */
  public void ioctlDone() {
    putZeros(16);
  }

  /** Copies bytes. */
  public void bytes(byte[] value) {
    out.put(value);
  }

  /**
   * Space in the body that the caller fills.
   *
   * @param bytes largest number
   * @return from position to limit, shorter if the body has less space; {@link #filled} sets the
   *     number of bytes used
   */
  public ByteBuffer room(int bytes) {
    return out.slice(out.position(), Math.min(bytes, out.remaining()));
  }

  /** Adds this number of bytes of {@link #room} to the body. */
  public void filled(int bytes) {
    out.position(out.position() + bytes);
  }

  /**
   * Starts a directory listing that fits.
   *
   * @param sizeBytes size of the kernel's buffer
   * @param withAttributes whether it is for READDIRPLUS
   */
  public DirectoryPage directory(int sizeBytes, boolean withAttributes) throws ErrnoException {
    if (sizeBytes < 0) {
      throw new ErrnoException(Errno.EINVAL, "room for a listing of " + sizeBytes + " bytes");
    }
    return new DirectoryPage(this, out, Math.min(sizeBytes, out.remaining()), withAttributes);
  }

  /**
   * A notice: the kernel's cached attributes of an inode are outdated. Its cached pages stay valid.
   *
   * @return the bytes, from position to limit
   */
  public ByteBuffer invalidateAttributes(long inode) {
    begin();
    out.putLong(inode).putLong(-1).putLong(0);
    return end(NOTIFY_INVALIDATE_INODE, 0);
  }

  void putZeros(int bytes) {
    for (int at = 0; at < bytes; at++) {
      out.put((byte) 0);
    }
  }
}
