// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/**
 * How an extended attribute is set.
 *
 * @param mustBeNew EEXIST if it exists; ignored for ACLs
 * @param mustExist ENODATA if it does not exist; ignored for ACLs
 * @param dropsSetGroupId an access ACL clears the set-group-ID bit: the caller is neither
 *     privileged nor in the owning group
 */
public record XattrMode(boolean mustBeNew, boolean mustExist, boolean dropsSetGroupId) {
  /** Creates or replaces the attribute. */
  public static final XattrMode ANY = new XattrMode(false, false, false);
}
