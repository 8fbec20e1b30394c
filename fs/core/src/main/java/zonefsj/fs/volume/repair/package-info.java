// SPDX-License-Identifier: Apache-2.0
/**
 * The repair of an unmounted drive, {@link zonefsj.fs.volume.repair.VolumeRepair}: passes over the
 * rebuilt index, each relying on the previous ones.
 *
 * <p>Invariants: no change counts on the drive before all are there: the superblock entry that
 * names them is written last. Data that cannot be read become lost extents, never other bytes.
 *
 * <p>Threading: one thread uses a repair.
 */
@NullMarked
package zonefsj.fs.volume.repair;

import org.jspecify.annotations.NullMarked;
