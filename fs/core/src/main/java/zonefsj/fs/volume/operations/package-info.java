// SPDX-License-Identifier: Apache-2.0
/**
 * The operations of {@code ZoneFileSystem} on a mounted volume, one class for each group of POSIX
 * calls. An operation changes only the open batch; {@code zonefsj.fs.volume.commit} makes it
 * durable.
 *
 * <p>Threading: any number of threads. The order is always: room, gate, inode locks.
 */
@NullMarked
package zonefsj.fs.volume.operations;

import org.jspecify.annotations.NullMarked;
