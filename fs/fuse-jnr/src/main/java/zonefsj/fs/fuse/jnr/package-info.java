// SPDX-License-Identifier: Apache-2.0
/**
 * The transport over libfuse 2.9, by jnr-fuse's structures and jnr-ffi. The only package that knows
 * them.
 *
 * <p>The path-based interface of libfuse 2.9 is what jnr-fuse speaks, and what is used here, with
 * four things of our own: the loop that receives requests runs on Java threads ({@link
 * zonefsj.fs.fuse.jnr.FuseWorker}), because attaching a foreign thread to the virtual machine at
 * each call costs more than the call; paths are bytes, not strings; a request is looked at in its
 * raw form where the path interface splits or hides something ({@link
 * zonefsj.fs.fuse.jnr.RequestView}); and the names that libfuse invents for open files that lose
 * theirs never reach the filesystem ({@link zonefsj.fs.fuse.jnr.HiddenNodes}).
 *
 * <p>Addresses are {@code long}: only 64-bit Linux is served, and a pointer object per argument
 * would be garbage on the hot path.
 */
@NullMarked
package zonefsj.fs.fuse.jnr;

import org.jspecify.annotations.NullMarked;
