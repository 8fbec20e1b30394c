// SPDX-License-Identifier: Apache-2.0
/**
 * The kernel's table of mounts: {@link zonefsj.device.mounts.MountTable} reads it, {@link
 * zonefsj.device.mounts.MountTableEntry} is one line of it, {@link
 * zonefsj.device.mounts.MountTableScan} looks for a filesystem in the tables of other processes.
 * The only parsers of mountinfo: the block device asks who uses a drive, the transports ask what is
 * at a mount point, and the commands ask which mounts are theirs.
 *
 * <p>Invariants: a mount whose name has unusual bytes hides no other mount; a line is understood
 * wholly or skipped.
 *
 * <p>Threading: everything here is immutable, and thread-safe.
 */
@NullMarked
package zonefsj.device.mounts;

import org.jspecify.annotations.NullMarked;
