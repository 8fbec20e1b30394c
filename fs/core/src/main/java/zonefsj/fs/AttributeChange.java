// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What setattr changes; null leaves a value as it is. Times are already resolved: the adapter turns
 * UTIME_NOW into {@link #NOW}.
 *
 * @param mode permission bits ({@link FileMode#PERMISSION_MASK})
 * @param uid owner
 * @param gid group
 * @param sizeBytes length of a regular file
 * @param accessTime access time, or {@link #NOW}
 * @param modifyTime modification time, or {@link #NOW}
 */
public record AttributeChange(
    @Nullable Integer mode,
    @Nullable Integer uid,
    @Nullable Integer gid,
    @Nullable Long sizeBytes,
    @Nullable Instant accessTime,
    @Nullable Instant modifyTime) {

  /** Stands for the filesystem's own clock at the moment of the change. */
  public static final Instant NOW = Instant.MAX;

  /**
   * Nothing but what every change does: the change time moves. It is what chown(2) asks for that
   * leaves owner and group as they are, and as with any chown the set-ID bits go.
   */
  public static final AttributeChange SAME_OWNER = ofOwner(null, null);

  /** Only the permission bits. */
  public static AttributeChange ofMode(int mode) {
    return new AttributeChange(mode, null, null, null, null, null);
  }

  /** Only the length. */
  public static AttributeChange ofSize(long sizeBytes) {
    return new AttributeChange(null, null, null, sizeBytes, null, null);
  }

  /** Only owner and group; null leaves one as it is. */
  public static AttributeChange ofOwner(@Nullable Integer uid, @Nullable Integer gid) {
    return new AttributeChange(null, uid, gid, null, null, null);
  }

  /** Only the times; null leaves one as it is. */
  public static AttributeChange ofTimes(@Nullable Instant access, @Nullable Instant modify) {
    return new AttributeChange(null, null, null, null, access, modify);
  }
}
