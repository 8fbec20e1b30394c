// SPDX-License-Identifier: Apache-2.0
/**
 * Copies a whole drive to a file and back, with the conditions of its zones: {@link
 * zonefsj.device.dump.DriveDump} and {@link zonefsj.device.dump.DriveRestore}.
 *
 * <p>A dump is an image of an emulated drive ({@link zonefsj.device.emulated.ImageFile}), so
 * everything that takes a drive takes a dump, too.
 *
 * <p>Invariants: nothing half passes for whole. A dump that is not complete is no image. A drive
 * whose restore is not complete says so in its first block ({@link
 * zonefsj.device.dump.RestoreMark}), except while its first zone is written, if that is sequential:
 * it is the last one, but for an active zone for which the mark leaves no room.
 *
 * <p>Threading: a copy is for one thread. Nothing else may change either drive meanwhile.
 */
@NullMarked
package zonefsj.device.dump;

import org.jspecify.annotations.NullMarked;
