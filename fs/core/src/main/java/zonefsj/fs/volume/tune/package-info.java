// SPDX-License-Identifier: Apache-2.0
/**
 * Changes decisions of mkfs while the filesystem is not mounted.
 *
 * <p>Purpose: a new label or UUID. Invariant: a crash leaves either the old names or the new ones,
 * and nothing else of the filesystem changes. Threading: one thread.
 */
@NullMarked
package zonefsj.fs.volume.tune;

import org.jspecify.annotations.NullMarked;
