// SPDX-License-Identifier: Apache-2.0
/**
 * Changes what mkfs decided of a filesystem, while it is not mounted.
 *
 * <p>Purpose: other names for a filesystem. Invariant: a crash leaves either what was or what was
 * asked for, and nothing else of the filesystem changes. Threading: one thread.
 */
@NullMarked
package zonefsj.fs.volume.tune;

import org.jspecify.annotations.NullMarked;
