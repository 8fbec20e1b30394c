// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

/** Type of a zone, with the names of {@code linux/blkzoned.h}. */
public enum ZoneType {
  /** Accepts writes anywhere, has no write pointer, and cannot be reset. */
  CONVENTIONAL,
  /** Accepts writes only at its write pointer. */
  SEQUENTIAL_REQUIRED,
  /** Prefers, but does not require, writes at its write pointer (host-aware drives). */
  SEQUENTIAL_PREFERRED
}
