// SPDX-License-Identifier: Apache-2.0
/**
 * The operations of {@code ZoneFileSystem} on a mounted volume, one class for each group of POSIX
 * calls. An operation changes only the open batch; {@code zonefsj.fs.volume.commit} makes it
 * durable.
 *
 * <p>Invariants: an operation changes the open batch only. It is complete, or no batch is committed
 * any more. A write is refused for lack of space before its bytes are accepted, never afterwards.
 *
 * <p>Threading: any number of threads. The order is always: room, gate, inode locks. No thread
 * waits for room with a lock.
 */
@NullMarked
package zonefsj.fs.volume.operations;

import org.jspecify.annotations.NullMarked;
