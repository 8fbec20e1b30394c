// SPDX-License-Identifier: Apache-2.0
/**
 * The transport that speaks the FUSE protocol itself: it mounts with mount(2), or as an ordinary
 * user through fusermount3, and its workers read requests from /dev/fuse and write replies to it.
 *
 * <p>{@link zonefsj.fs.fuse.direct.RequestHandler} turns one request into calls of {@link
 * zonefsj.fs.fuse.FuseAdapter} and one reply, and is tested without a kernel. Inodes are the
 * kernel's nodes, one to one: each reply that names an inode adds a reference to it, each FORGET
 * takes some away.
 *
 * <p>Threading: every worker has buffers of its own and serves one request at a time; handler and
 * mount are shared and thread-safe. System calls are made in this package only through {@code
 * FuseLibc}.
 */
@NullMarked
package zonefsj.fs.fuse.direct;

import org.jspecify.annotations.NullMarked;
