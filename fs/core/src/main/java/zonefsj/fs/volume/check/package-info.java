// SPDX-License-Identifier: Apache-2.0
/**
 * The check of an unmounted drive, {@link zonefsj.fs.volume.check.VolumeChecker}, structure by
 * structure; writes nothing. What it needs to look (a cursor over a family, an index rebuilt apart,
 * what each zone serves) is public for the repair and the dump.
 *
 * <p>Threading: a check belongs to one thread.
 */
@NullMarked
package zonefsj.fs.volume.check;

import org.jspecify.annotations.NullMarked;
