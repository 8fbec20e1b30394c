// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a setattr call; null leaves a value unchanged. Times are already resolved: the
 * adapter translates UTIME_NOW to {@link #NOW}.
 *
 * @param mode permission bits ({@link FileMode#PERMISSION_MASK})
 * @param uid owner
 * @param gid group
 * @param sizeBytes length of a regular file
 * @param accessTime access time, or {@link #NOW}
 * @param modifyTime modification time, or {@link #NOW}
 * @param changeTime change time, from a kernel that keeps the times of files itself; null: the time
 *     of the change
 */
public record AttributeChange(
    @Nullable Integer mode,
    @Nullable Integer uid,
    @Nullable Integer gid,
    @Nullable Long sizeBytes,
    @Nullable Instant accessTime,
    @Nullable Instant modifyTime,
    @Nullable Instant changeTime) {

  /** The time of the filesystem's own clock at the moment of the change. */
  public static final Instant NOW = Instant.MAX;

  /** A change whose time is that of the filesystem's own clock. */
  public AttributeChange(
      @Nullable Integer mode,
      @Nullable Integer uid,
      @Nullable Integer gid,
      @Nullable Long sizeBytes,
      @Nullable Instant accessTime,
      @Nullable Instant modifyTime) {
    this(mode, uid, gid, sizeBytes, accessTime, modifyTime, null);
  }

  /**
   * A chown(2) that leaves owner and group unchanged: it sets the change time and, as any chown,
   * clears the set-ID bits. Any caller may make it; by a caller who is neither root nor the owner
   * it succeeds and changes nothing.
   */
  public static final AttributeChange SAME_OWNER = ofOwner(null, null);

  /** Whether it is {@link #SAME_OWNER}, at any time. */
  public boolean isSameOwner() {
    return equals(new AttributeChange(null, null, null, null, null, null, changeTime));
  }

  /** Changes only the permission bits. */
  public static AttributeChange ofMode(int mode) {
    return new AttributeChange(mode, null, null, null, null, null);
  }

  /** Changes only the length. */
  public static AttributeChange ofSize(long sizeBytes) {
    return new AttributeChange(null, null, null, sizeBytes, null, null);
  }

  /** Changes only owner and group; null leaves one unchanged. */
  public static AttributeChange ofOwner(@Nullable Integer uid, @Nullable Integer gid) {
    return new AttributeChange(null, uid, gid, null, null, null);
  }

  /** Changes only the times; null leaves one unchanged. */
  public static AttributeChange ofTimes(@Nullable Instant access, @Nullable Instant modify) {
    return new AttributeChange(null, null, null, null, access, modify);
  }
}
