// SPDX-License-Identifier: Apache-2.0
/**
 * A read cache in front of a slow drive, in memory, in a file or on another drive.
 *
 * <p>{@link zonefsj.device.cache.CachedZonedDevice} decides what may be cached, {@code LineCache}
 * keeps lines of bytes in slots of a store.
 *
 * <p>Invariants: every change reaches the drive below first, and succeeds there before its bytes
 * are cached. A line belongs to one generation of its zone, which ends before a reset and with a
 * failed change, and a line of a conventional zone to one version, which ends with each write; no
 * other line is ever read. The budget is never exceeded. A store that fails never makes an access
 * fail.
 *
 * <p>Threading: safe for use by several threads; bytes are copied without a lock.
 */
@NullMarked
package zonefsj.device.cache;

import org.jspecify.annotations.NullMarked;
