// SPDX-License-Identifier: Apache-2.0
/**
 * The path from the kernel's FUSE requests to {@link zonefsj.fs.ZoneFileSystem}.
 *
 * <p>{@link zonefsj.fs.fuse.FuseTransport} is the interface of all transports between kernel and
 * filesystem; no type of a FUSE library appears here. {@link zonefsj.fs.fuse.FuseAdapter} contains
 * their common part: the translation of arguments and of failures. {@link
 * zonefsj.fs.fuse.PathResolver} serves path-based transports.
 *
 * <p>Invariants: a transport contains no logic of the filesystem. No type of a FUSE library appears
 * in this package. A failure of the filesystem becomes an errno, never an exception in a transport.
 *
 * <p>Threading: a transport calls from many threads at once; the adapter and the resolver have no
 * mutable state, and mounts are thread-safe.
 */
@NullMarked
package zonefsj.fs.fuse;

import org.jspecify.annotations.NullMarked;
