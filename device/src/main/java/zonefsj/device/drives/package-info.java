// SPDX-License-Identifier: Apache-2.0
/**
 * The kinds of single drives that a SPEC can name: a path, an image file, a drive in memory.
 *
 * <p>Invariants: nothing is written before every check has passed.
 *
 * <p>Threading: everything here is immutable or stateless, and thread-safe.
 */
@NullMarked
package zonefsj.device.drives;

import org.jspecify.annotations.NullMarked;
