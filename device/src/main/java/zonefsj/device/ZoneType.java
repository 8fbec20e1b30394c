// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

/** Type of a zone, in the vocabulary of {@code linux/blkzoned.h}. */
public enum ZoneType {
  /** Accepts writes anywhere, has no write pointer, and cannot be reset. */
  CONVENTIONAL,
  /** Accepts writes at its write pointer only. */
  SEQUENTIAL_REQUIRED,
  /** Prefers, but does not demand, writes at its write pointer (host-aware drives). */
  SEQUENTIAL_PREFERRED
}
