// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/** The modes of renameat2(2). */
public enum RenameMode {
  /** Replaces an existing target atomically. */
  REPLACE,
  /** Fails with EEXIST if the target exists. */
  NO_REPLACE,
  /** Exchanges two existing names. */
  EXCHANGE,
  /**
   * As {@link #REPLACE}, and the old name becomes a whiteout: a character device 0/0, with which
   * overlayfs hides a name of a lower layer.
   */
  WHITEOUT,
  /** As {@link #NO_REPLACE}, and the old name becomes a whiteout. */
  NO_REPLACE_WHITEOUT;

  /** Whether the target must not exist. */
  public boolean mustBeNew() {
    return this == NO_REPLACE || this == NO_REPLACE_WHITEOUT;
  }

  /** Whether the old name becomes a whiteout. */
  public boolean leavesWhiteout() {
    return this == WHITEOUT || this == NO_REPLACE_WHITEOUT;
  }
}
