// SPDX-License-Identifier: Apache-2.0
/**
 * What the rest of a mounted volume shares: the account of space, the counters, the health, the
 * lost ranges, and how content is found and read. Knows no operation, no commit and no collector.
 *
 * <p>Threading: each class is thread-safe by its own rules, stated there.
 */
@NullMarked
package zonefsj.fs.volume.state;

import org.jspecify.annotations.NullMarked;
