// SPDX-License-Identifier: Apache-2.0
/**
 * The FUSE protocol as bytes: what the kernel writes to /dev/fuse and what it wants to read, by
 * linux/fuse.h, version 7.31 to 7.45. All numbers are in the machine's byte order.
 *
 * <p>{@link zonefsj.fs.fuse.protocol.Requests} has a record for each request's body, {@link
 * zonefsj.fs.fuse.protocol.Reply} puts the answers together, {@link
 * zonefsj.fs.fuse.protocol.Negotiation} answers the first request. Nothing here knows a file system
 * or a kernel: all of it is tested on bytes.
 *
 * <p>Threading: records are immutable; a {@code Reply} belongs to one thread.
 */
@NullMarked
package zonefsj.fs.fuse.protocol;

import org.jspecify.annotations.NullMarked;
