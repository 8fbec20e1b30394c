// SPDX-License-Identifier: Apache-2.0
/**
 * The transport over libfuse 2.9, with jnr-fuse's structures and jnr-ffi. The only package that
 * uses them.
 *
 * <p>It uses the path-based interface of libfuse 2.9, as jnr-fuse does, with four differences. The
 * loop that receives requests runs on Java threads ({@link zonefsj.fs.fuse.jnr.FuseWorker}),
 * because attaching a foreign thread to the virtual machine at each call costs more than the call.
 * Paths are bytes, not strings. A request is read in its raw form where the path interface splits
 * or hides something ({@link zonefsj.fs.fuse.jnr.RequestView}). The names that libfuse invents for
 * open files that lose theirs never reach the filesystem ({@link zonefsj.fs.fuse.jnr.HiddenNodes}).
 *
 * <p>Invariants: no exception escapes into native code. The names that libfuse invents never reach
 * the filesystem. Memory that libfuse may use stays reachable while the session lives. Addresses
 * are {@code long}: only 64-bit Linux is supported.
 *
 * <p>Threading: each {@link zonefsj.fs.fuse.jnr.FuseWorker} is a Java thread with its own buffers
 * and serves one request at a time; mount, transport and policies are shared and thread-safe.
 */
@NullMarked
package zonefsj.fs.fuse.jnr;

import org.jspecify.annotations.NullMarked;
