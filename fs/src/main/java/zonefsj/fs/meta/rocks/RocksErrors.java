package zonefsj.fs.meta.rocks;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Says RocksDB's errors in words that name the index, and tells damage from other trouble. */
final class RocksErrors {
  private RocksErrors() {}

  /** What to throw when something went wrong with an open index; damage is noted in it. */
  static IOException failed(IndexDirectory index, String action, RocksDBException e) {
    if (code(e) == Status.Code.Corruption) {
      index.noteDamage(words(e));
      return new IOException(
          index + " is damaged (found when it was to " + action + "): " + words(e), e);
    }
    return new IOException(index + ": cannot " + action + ": " + words(e), e);
  }

  /**
   * Whether an index that cannot be opened is damaged, so that trying again is no use. Everything
   * else (no space, no permission, in use, too many open files) may pass, and costs no index.
   */
  static boolean isDamage(RocksDBException e) {
    Status.Code code = code(e);
    if (code == Status.Code.IOError) {
      String words = words(e);
      // A file that is missing, and a disk of the host that cannot read one.
      return words.contains("No such file or directory") || words.contains("Input/output error");
    }
    return code == Status.Code.Corruption
        || code == Status.Code.InvalidArgument
        || code == Status.Code.NotFound
        || code == Status.Code.NotSupported;
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
