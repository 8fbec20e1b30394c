// SPDX-License-Identifier: Apache-2.0
/**
 * The seam to the metadata index: families of sorted keys, atomic batches, checkpoints.
 *
 * <p>The index is rebuildable: the journal and the checkpoints on the drive are the truth. It is
 * trusted only when its {@link zonefsj.fs.meta.AppliedPosition} proves that it belongs to the
 * drive's history.
 *
 * <p>Threading: readers are free of locks and run beside one writer; {@link
 * zonefsj.fs.meta.MetadataStore#apply} is called by one thread at a time.
 */
@NullMarked
package zonefsj.fs.meta;

import org.jspecify.annotations.NullMarked;
