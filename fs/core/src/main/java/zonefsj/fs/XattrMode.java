// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/**
 * How an extended attribute is set.
 *
 * @param mustBeNew EEXIST if it exists. ACLs do not ask
 * @param mustExist ENODATA if it does not exist. ACLs do not ask
 * @param dropsSetGroupId with an access ACL the set-group-ID bit goes: who sets it is neither
 *     privileged nor in the owning group
 */
public record XattrMode(boolean mustBeNew, boolean mustExist, boolean dropsSetGroupId) {
  /** Made or replaced. */
  public static final XattrMode ANY = new XattrMode(false, false, false);
}
