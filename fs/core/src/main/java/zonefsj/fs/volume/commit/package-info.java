// SPDX-License-Identifier: Apache-2.0
/**
 * Makes batches durable: places their data in zones, resolves extents, writes the journal record,
 * applies it to the index, and takes checkpoints of the index. The write order of ARCHITECTURE.md,
 * "The write path", is implemented here and nowhere else.
 *
 * <p>Invariants: a record is applied to the index only after the flush that makes it durable. After
 * a failed flush nothing is committed any more. A superblock entry names a checkpoint only when the
 * checkpoint is durable.
 *
 * <p>Threading: the commit lock of {@code CommitLog} orders the commits; it is held during I/O, and
 * only commits wait for it. The checkpoint lock is taken before it, never after.
 */
@NullMarked
package zonefsj.fs.volume.commit;

import org.jspecify.annotations.NullMarked;
