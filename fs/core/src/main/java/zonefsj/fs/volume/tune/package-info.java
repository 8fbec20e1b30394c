// SPDX-License-Identifier: Apache-2.0
/**
 * Changes decisions of mkfs, the label and the UUID, while the filesystem is not mounted.
 *
 * <p>Invariants: a crash leaves either the old names or the new ones. Nothing else of the
 * filesystem changes.
 *
 * <p>Threading: one thread uses a tune.
 */
@NullMarked
package zonefsj.fs.volume.tune;

import org.jspecify.annotations.NullMarked;
