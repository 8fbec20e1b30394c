// SPDX-License-Identifier: Apache-2.0
/**
 * The directory tree as keys and values: inode records, directory entries, and the batches of
 * pending changes that lie over the index.
 *
 * <p>Invariants: a change is made inside a {@link zonefsj.fs.tree.BatchGate} and belongs to exactly
 * one batch; a sealed batch never changes its meaning; readers search the open batch, the sealed
 * batch and the index, in this order.
 *
 * <p>Threading: values are immutable; any thread may read {@link zonefsj.fs.tree.MetadataView};
 * {@link zonefsj.fs.tree.InodeLocks} excludes concurrent writers of one inode.
 */
@NullMarked
package zonefsj.fs.tree;

import org.jspecify.annotations.NullMarked;
