// SPDX-License-Identifier: Apache-2.0
/**
 * The filesystem by inode number, as a transport sees it: {@link zonefsj.fs.ZoneFileSystem}, and
 * the values of its calls. Contains no FUSE types.
 *
 * <p>Invariants: an inode number is never used again. Names are bytes. A failure that an
 * application can see is an {@link zonefsj.fs.ErrnoException} or an {@link java.io.IOException};
 * anything else turns the mount read-only.
 *
 * <p>Threading: the filesystem is thread-safe; each other type documents its own threading.
 */
@NullMarked
package zonefsj.fs;

import org.jspecify.annotations.NullMarked;
