package zonefsj.fs;

import org.jspecify.annotations.Nullable;

/**
 * How an extended attribute is set.
 *
 * @param mustBeNew EEXIST if it exists, or ENODATA if it does not; null for either. ACLs take
 *     either
 * @param dropsSetGroupId with an access ACL the set-group-ID bit goes: who sets it is neither
 *     privileged nor in the owning group
 */
public record XattrMode(@Nullable Boolean mustBeNew, boolean dropsSetGroupId) {
  /** Made or replaced. */
  public static final XattrMode ANY = new XattrMode(null, false);
}
