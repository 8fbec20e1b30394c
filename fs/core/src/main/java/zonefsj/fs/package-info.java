// SPDX-License-Identifier: Apache-2.0
/**
 * The filesystem by inode number, as a transport sees it: {@link zonefsj.fs.ZoneFileSystem}, and
 * the values of its calls. Knows no FUSE type.
 *
 * <p>Threading: the filesystem is thread-safe; each other type says its own.
 */
@NullMarked
package zonefsj.fs;

import org.jspecify.annotations.NullMarked;
