// SPDX-License-Identifier: Apache-2.0
/**
 * The way from the kernel's FUSE requests to {@link zonefsj.fs.ZoneFileSystem}.
 *
 * <p>{@link zonefsj.fs.fuse.FuseTransport} is the seam: whatever carries requests between kernel
 * and filesystem is behind it, and no type of a FUSE library is seen here. {@link
 * zonefsj.fs.fuse.FuseAdapter} holds what all transports share: the translation of arguments and of
 * failures. {@link zonefsj.fs.fuse.PathResolver} serves transports that speak in paths.
 *
 * <p>Threading: a transport calls from many threads at once; nothing here has mutable state.
 */
@NullMarked
package zonefsj.fs.fuse;

import org.jspecify.annotations.NullMarked;
