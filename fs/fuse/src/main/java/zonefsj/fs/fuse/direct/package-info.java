// SPDX-License-Identifier: Apache-2.0
/**
 * The transport that implements the FUSE protocol itself: it mounts with mount(2), or for users
 * other than root through fusermount3, and its workers read requests from /dev/fuse and write
 * replies to it.
 *
 * <p>{@link zonefsj.fs.fuse.direct.RequestHandler} translates one request to calls of {@link
 * zonefsj.fs.fuse.FuseAdapter} and one reply, and is tested without a kernel. Inode numbers are the
 * kernel's node numbers: each reply that names an inode adds a reference to it, each FORGET removes
 * some.
 *
 * <p>Invariants: a handler answers each request with exactly one reply, except FORGET and
 * BATCH_FORGET, and never throws. Only {@code FuseLibc} makes system calls in this package.
 *
 * <p>Threading: every worker has its own buffers and serves one request at a time; handler and
 * mount are shared and thread-safe.
 */
@NullMarked
package zonefsj.fs.fuse.direct;

import org.jspecify.annotations.NullMarked;
