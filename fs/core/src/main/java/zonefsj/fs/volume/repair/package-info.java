// SPDX-License-Identifier: Apache-2.0
/**
 * The repair of an unmounted drive, {@link zonefsj.fs.volume.repair.VolumeRepair}: passes over the
 * rebuilt index, each relying on those before it. Nothing is on the drive before all of it is: the
 * root that names the changes is written last.
 *
 * <p>Threading: a repair belongs to one thread.
 */
@NullMarked
package zonefsj.fs.volume.repair;

import org.jspecify.annotations.NullMarked;
