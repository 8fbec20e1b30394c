// SPDX-License-Identifier: Apache-2.0
/**
 * Real zoned block devices, and the few system calls that Java does not offer. The only package of
 * this module that imports {@code com.sun.jna}.
 *
 * <p>Purpose: {@link zonefsj.device.block.BlockZonedDevice} uses {@code linux/blkzoned.h} to talk
 * to the kernel, or what {@code BlockSystem} has for FreeBSD; {@link
 * zonefsj.device.block.NativeFile} is a file descriptor with positional access, locks and hole
 * punching, which image files use, too. Interrupts do not affect its I/O, unlike that of {@link
 * java.nio.channels.FileChannel}, which closes itself when its thread is interrupted.
 *
 * <p>Invariants: a descriptor is never used after its number may have been given to another file;
 * the kernel gets no buffer that the JVM could move or free.
 *
 * <p>Threading: everything here is safe for use by several threads.
 */
@NullMarked
package zonefsj.device.block;

import org.jspecify.annotations.NullMarked;
