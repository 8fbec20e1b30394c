package zonefsj.fs;

/**
 * Who asks.
 *
 * @param uid effective user id
 * @param gid effective group id
 * @param pid process id, for logs only; 0 where unknown
 */
public record Caller(int uid, int gid, int pid) {
  /** The filesystem itself. */
  public static final Caller ROOT = new Caller(0, 0, 0);
}
