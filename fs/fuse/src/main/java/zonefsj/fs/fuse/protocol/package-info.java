// SPDX-License-Identifier: Apache-2.0
/**
 * The FUSE protocol as bytes that the kernel writes to and reads from /dev/fuse, by linux/fuse.h,
 * version 7.31 to 7.45. All numbers are in the machine's byte order.
 *
 * <p>{@link zonefsj.fs.fuse.protocol.Requests} has a record for the body of each request, {@link
 * zonefsj.fs.fuse.protocol.Reply} encodes the replies, {@link zonefsj.fs.fuse.protocol.Negotiation}
 * answers the first request. Nothing here depends on a filesystem or a kernel: all of it is tested
 * on bytes.
 *
 * <p>Invariants: a request of any bytes is decoded or refused; no length in it is trusted. Golden
 * bytes in the tests fix every layout.
 *
 * <p>Threading: records are immutable; a {@code Reply} belongs to one thread.
 */
@NullMarked
package zonefsj.fs.fuse.protocol;

import org.jspecify.annotations.NullMarked;
