// SPDX-License-Identifier: Apache-2.0
/**
 * Real zoned block devices, and the few system calls that Java has no words for. The only package
 * of this module that imports {@code com.sun.jna}.
 *
 * <p>Purpose: {@link zonefsj.device.block.BlockZonedDevice} speaks {@code linux/blkzoned.h} to the
 * kernel; {@link zonefsj.device.block.NativeFile} is a file descriptor with positional access,
 * locks and hole punching, which image files use too. Its input and output are not hurt by
 * interrupts, as {@link java.nio.channels.FileChannel} is, which closes itself under an interrupted
 * thread.
 *
 * <p>Invariants: a descriptor is never used after its number may have been given to another file;
 * no buffer is handed to the kernel that the collector could move or free.
 *
 * <p>Threading: everything here is safe for use by several threads.
 */
@NullMarked
package zonefsj.device.block;

import org.jspecify.annotations.NullMarked;
