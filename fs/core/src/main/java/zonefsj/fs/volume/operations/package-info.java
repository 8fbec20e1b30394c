// SPDX-License-Identifier: Apache-2.0
/**
 * The operations of {@code ZoneFileSystem} on a mounted volume, one class for each group of POSIX
 * calls. An operation changes the open batch and nothing else; durability is the job of {@code
 * zonefsj.fs.volume.commit}.
 *
 * <p>Threading: any number of threads. The order is always: room, gate, inode locks.
 */
@NullMarked
package zonefsj.fs.volume.operations;

import org.jspecify.annotations.NullMarked;
