// SPDX-License-Identifier: Apache-2.0
/**
 * State that the rest of a mounted volume shares: the account of space, the counters, the health,
 * the lost ranges, and the lookup and reading of content. Uses no operation, no commit and no
 * collector.
 *
 * <p>Invariants: no room is granted twice. Every byte of content that is returned was verified. A
 * lost range is listed as long as its file has the damaged place.
 *
 * <p>Threading: each class is thread-safe by its own rules, which it states.
 */
@NullMarked
package zonefsj.fs.volume.state;

import org.jspecify.annotations.NullMarked;
