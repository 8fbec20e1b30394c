// SPDX-License-Identifier: Apache-2.0
/**
 * A mount of the kernel's zonefs as a drive: each zone is a file.
 *
 * <p>The rules of these files, from {@code Documentation/filesystems/zonefs.rst} and {@code
 * fs/zonefs} of Linux: the size of a sequential file is its write pointer; only direct writes at
 * the size are taken; the number of blocks is the capacity; a truncation to nothing is a reset, one
 * to the capacity a finish. A file that nobody may write is a read-only zone, one that nobody may
 * access an offline one. The first zone of the device holds the super block and has no file.
 *
 * <p>Invariants: the conditions of zones are kept in software ({@code zonefsj.device.software}),
 * the write pointers are those of the files, so nothing is stored beside them.
 *
 * <p>Threading: as {@link zonefsj.device.software.SoftwareZonedDevice}.
 */
@NullMarked
package zonefsj.device.zonefs;

import org.jspecify.annotations.NullMarked;
