// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/** The ways of renameat2(2). */
public enum RenameMode {
  /** An existing target is replaced atomically. */
  REPLACE,
  /** An existing target is EEXIST. */
  NO_REPLACE,
  /** Both names exist and change places. */
  EXCHANGE
}
