// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/** The modes of renameat2(2). */
public enum RenameMode {
  /** Replaces an existing target atomically. */
  REPLACE,
  /** Fails with EEXIST if the target exists. */
  NO_REPLACE,
  /** Exchanges two existing names. */
  EXCHANGE
}
