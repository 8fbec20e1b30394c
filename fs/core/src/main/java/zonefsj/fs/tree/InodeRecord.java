// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.tree;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.Attributes;
import zonefsj.fs.FileMode;

/**
 * The record of an inode in the index. Big-endian:
 *
 * <pre>
 *  0  u8   version, 1
 *  1  u32  mode
 *  5  u32  link count
 *  9  u32  uid
 * 13  u32  gid
 * 17  u64  device number
 * 25  u64  size, bytes
 * 33  4 times of i64 seconds and u32 nanoseconds: access, modify, change, birth
 * 81  u32  generation
 * 85  ...  target of a symbolic link, at most 4095 bytes
 * </pre>
 *
 * @param mode type and permission bits
 * @param linkCount number of names; for a directory 2 and one for each subdirectory
 * @param uid owner
 * @param gid group
 * @param device device number
 * @param sizeBytes length; 0 for a directory
 * @param accessTime last read
 * @param modifyTime last change of the content
 * @param changeTime last change
 * @param birthTime creation
 * @param generation distinguishes two inodes of the same number
 * @param target target of a symbolic link, null otherwise
 */
@SuppressWarnings("ArrayRecordComponent") // a target is bytes, never changed
public record InodeRecord(
    int mode,
    int linkCount,
    int uid,
    int gid,
    long device,
    long sizeBytes,
    Instant accessTime,
    Instant modifyTime,
    Instant changeTime,
    Instant birthTime,
    int generation,
    byte @Nullable [] target) {

  /** PATH_MAX without its terminating zero: the kernel accepts no longer target. */
  public static final int MAX_TARGET_BYTES = 4095;

  private static final int GROUP_EXECUTE = 010;
  private static final int VERSION = 1;
  private static final int FIXED_BYTES = 85;
  private static final int NANOS_PER_SECOND = 1_000_000_000;
  private static final int DIRECTORY_SIZE_BYTES = 4096;

  /** A new inode; all times are {@code now}. */
  public static InodeRecord create(
      int mode, int linkCount, int uid, int gid, long device, Instant now) {
    return new InodeRecord(mode, linkCount, uid, gid, device, 0, now, now, now, now, 1, null);
  }

  /** The value for the index. */
  public byte[] encode() {
    byte[] link = target;
    ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + (link == null ? 0 : link.length));
    out.put((byte) VERSION).putInt(mode).putInt(linkCount).putInt(uid).putInt(gid);
    out.putLong(device).putLong(sizeBytes);
    putTime(out, accessTime);
    putTime(out, modifyTime);
    putTime(out, changeTime);
    putTime(out, birthTime);
    out.putInt(generation);
    if (link != null) {
      out.put(link);
    }
    return out.array();
  }

  /** Reads a value of the index. */
  public static InodeRecord decode(byte[] value) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(value);
    try {
      int version = in.get();
      if (version != VERSION) {
        throw new IOException("an inode record has version " + version + ", not " + VERSION);
      }
      int mode = in.getInt();
      int linkCount = in.getInt();
      int uid = in.getInt();
      int gid = in.getInt();
      long device = in.getLong();
      long sizeBytes = in.getLong();
      Instant access = getTime(in);
      Instant modify = getTime(in);
      Instant change = getTime(in);
      Instant birth = getTime(in);
      int generation = in.getInt();
      byte[] target = null;
      if (FileMode.isSymlink(mode)) {
        if (in.remaining() > MAX_TARGET_BYTES) {
          throw new IOException("a symbolic link has a target of " + in.remaining() + " bytes");
        }
        target = new byte[in.remaining()];
        in.get(target);
      }
      return new InodeRecord(
          mode,
          linkCount,
          uid,
          gid,
          device,
          sizeBytes,
          access,
          modify,
          change,
          birth,
          generation,
          target);
    } catch (BufferUnderflowException tooShort) {
      throw new IOException("an inode record is cut short", tooShort);
    }
  }

  /** Reads only the mode from a value of the index. */
  public static int decodeMode(byte[] value) throws IOException {
    if (value.length < FIXED_BYTES || value[0] != VERSION) {
      throw new IOException("an inode record is cut short, or of another version");
    }
    return ByteBuffer.wrap(value).getInt(1);
  }

  private static void putTime(ByteBuffer out, Instant time) {
    out.putLong(time.getEpochSecond()).putInt(time.getNano());
  }

  private static Instant getTime(ByteBuffer in) throws IOException {
    long seconds = in.getLong();
    int nanos = in.getInt();
    boolean possible =
        seconds >= Instant.MIN.getEpochSecond()
            && seconds <= Instant.MAX.getEpochSecond()
            && nanos >= 0
            && nanos < NANOS_PER_SECOND;
    if (!possible) {
      throw new IOException("an inode record has an impossible time: " + seconds + ", " + nanos);
    }
    return Instant.ofEpochSecond(seconds, nanos);
  }

  /** Attributes for stat(2). */
  public Attributes attributes(long inode, long allocatedBytes) {
    return new Attributes(
        inode,
        generation,
        mode,
        linkCount,
        uid,
        gid,
        device,
        isDirectory() ? DIRECTORY_SIZE_BYTES : sizeBytes,
        allocatedBytes,
        accessTime,
        modifyTime,
        changeTime,
        birthTime);
  }

  /** Whether this is a directory. */
  public boolean isDirectory() {
    return FileMode.isDirectory(mode);
  }

  /** Whether this is a regular file. */
  public boolean isRegular() {
    return FileMode.isRegular(mode);
  }

  /** With other permission bits. */
  public InodeRecord withMode(int newMode) {
    return new InodeRecord(
        newMode,
        linkCount,
        uid,
        gid,
        device,
        sizeBytes,
        accessTime,
        modifyTime,
        changeTime,
        birthTime,
        generation,
        target);
  }

  /** Whether it has set-ID bits that a change can clear: those of directories have other uses. */
  public boolean hasSetIds() {
    return !FileMode.isDirectory(mode) && (mode & (FileMode.SET_UID | FileMode.SET_GID)) != 0;
  }

  /**
   * Without the set-ID bits, as after a change by a user without CAP_FSETID or after chown(2). All
   * types but directories lose them: Linux does the same with pipes, sockets and devices
   * (chown_common).
   *
   * @param byStranger whether the change is made from outside the file's group, without CAP_FSETID:
   *     then the set-group-ID bit goes also if the group may not execute the file
   */
  public InodeRecord withoutSetIds(boolean byStranger) {
    if (FileMode.isDirectory(mode)) {
      return this;
    }
    boolean dropsGroup = byStranger || (mode & GROUP_EXECUTE) != 0;
    int drops = FileMode.SET_UID | (dropsGroup ? FileMode.SET_GID : 0);
    return (mode & drops) == 0 ? this : withMode(mode & ~drops);
  }

  /** With another owner. */
  public InodeRecord withOwner(int newUid, int newGid) {
    return new InodeRecord(
        mode,
        linkCount,
        newUid,
        newGid,
        device,
        sizeBytes,
        accessTime,
        modifyTime,
        changeTime,
        birthTime,
        generation,
        target);
  }

  /** With another link count, changed at {@code now}. */
  public InodeRecord withLinks(int newLinkCount, Instant now) {
    return new InodeRecord(
        mode,
        newLinkCount,
        uid,
        gid,
        device,
        sizeBytes,
        accessTime,
        modifyTime,
        now,
        birthTime,
        generation,
        target);
  }

  /** With another length. */
  public InodeRecord withSize(long newSizeBytes) {
    return new InodeRecord(
        mode,
        linkCount,
        uid,
        gid,
        device,
        newSizeBytes,
        accessTime,
        modifyTime,
        changeTime,
        birthTime,
        generation,
        target);
  }

  /** With other times; the birth stays. */
  public InodeRecord withTimes(Instant access, Instant modify, Instant change) {
    return new InodeRecord(
        mode,
        linkCount,
        uid,
        gid,
        device,
        sizeBytes,
        access,
        modify,
        change,
        birthTime,
        generation,
        target);
  }

  /** Content changed at {@code now}. */
  public InodeRecord modified(Instant now) {
    return withTimes(accessTime, now, now);
  }

  /** Attributes changed at {@code now}. */
  public InodeRecord changed(Instant now) {
    return withTimes(accessTime, modifyTime, now);
  }

  /** With the target of a symbolic link, whose length is the size. */
  public InodeRecord withTarget(byte[] newTarget) {
    return new InodeRecord(
        mode,
        linkCount,
        uid,
        gid,
        device,
        newTarget.length,
        accessTime,
        modifyTime,
        changeTime,
        birthTime,
        generation,
        newTarget);
  }
}
