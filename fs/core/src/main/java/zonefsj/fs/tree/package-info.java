// SPDX-License-Identifier: Apache-2.0
/**
 * The tree as keys and values: inode records, directory entries, and the batches of pending changes
 * that lie over the index.
 *
 * <p>Invariants: a change is made within a {@link zonefsj.fs.tree.BatchGate} and belongs to exactly
 * one batch; a sealed batch never changes what it says; readers look through the open batch, the
 * sealed one and the index, in this order.
 *
 * <p>Threading: values are immutable; {@link zonefsj.fs.tree.MetadataView} is read by any thread;
 * writers of one inode are kept apart by {@link zonefsj.fs.tree.InodeLocks}.
 */
@NullMarked
package zonefsj.fs.tree;

import org.jspecify.annotations.NullMarked;
