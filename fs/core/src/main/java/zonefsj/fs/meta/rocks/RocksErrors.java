// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import zonefsj.fs.HostException;

/**
 * Translates RocksDB's errors to messages that name the index, and distinguishes damage from other
 * errors.
 */
final class RocksErrors {
  private RocksErrors() {}

  /** The exception for a failed call on an open index; records damage in it. */
  static IOException failed(IndexDirectory index, String action, RocksDBException e) {
    if (code(e) == Status.Code.Corruption || isLost(e)) {
      index.noteDamage(words(e));
      String found = index + " is damaged (found when it was to " + action + "): " + words(e);
      boolean isOfHost = isOfHost(e) || index.use() == IndexDirectory.Use.SCRATCH;
      return isOfHost ? new HostException(found, e) : new IOException(found, e);
    }
    return isOfHost(e)
        ? atHost(index, action, e)
        : new IOException(index + ": cannot " + action + ": " + words(e), e);
  }

  /** The exception for a failed call if the index is not damaged. */
  static HostException atHost(IndexDirectory index, String action, RocksDBException e) {
    return new HostException(index + ": cannot " + action + ": " + words(e), e);
  }

  /** Whether the host failed, or the error is no damage: the files could not be read or written. */
  static boolean isOfHost(RocksDBException e) {
    return code(e) == Status.Code.IOError || !isDamage(e);
  }

  /**
   * Whether an index that cannot be opened is damaged, so that a retry is useless. All other errors
   * (no space, no permission, in use, too many open files) may pass; the index is then kept.
   */
  static boolean isDamage(RocksDBException e) {
    Status.Code code = code(e);
    return isLost(e)
        || code == Status.Code.Corruption
        || code == Status.Code.InvalidArgument
        || code == Status.Code.NotFound
        || code == Status.Code.NotSupported;
  }

  /** Whether a write was refused because it would have to wait. */
  static boolean isStall(RocksDBException e) {
    return code(e) == Status.Code.Incomplete;
  }

  /** Whether a file is missing, or the host's disk cannot read it. */
  private static boolean isLost(RocksDBException e) {
    String words = words(e);
    return code(e) == Status.Code.IOError
        && (words.contains("No such file or directory") || words.contains("Input/output error"));
  }

  static String words(RocksDBException e) {
    Status status = e.getStatus();
    if (status != null && status.getSubCode() == Status.SubCode.NoSpace) {
      return "the host's filesystem is full (" + e.getMessage() + ")";
    }
    String message = e.getMessage();
    return message == null ? "RocksDB gives no reason" : message;
  }

  private static Status.@Nullable Code code(RocksDBException e) {
    Status status = e.getStatus();
    return status == null ? null : status.getCode();
  }
}
