// SPDX-License-Identifier: Apache-2.0
/**
 * Objects in the files of a directory of any filesystem, also of one that several hosts share.
 *
 * <p>An object is written to a file of another name, made durable, and then gets its name by
 * link(2), which fails if the name is taken, on NFS, too (RFC 1813, section 3.3.15).
 *
 * <p>Invariants: a file that has the name of an object is whole, durable, and never written again.
 *
 * <p>Threading: {@link zonefsj.stores.dir.DirectoryStore} is thread-safe, all others are immutable.
 */
@NullMarked
package zonefsj.stores.dir;

import org.jspecify.annotations.NullMarked;
