// SPDX-License-Identifier: Apache-2.0
/**
 * The steps before a volume is mounted: find the newest superblock entry, open or rebuild the
 * index, replay the journal up to its torn tail, and give the zone manager the stream and live
 * bytes of each zone. The check, the dump and the repair begin with the same steps.
 *
 * <p>Threading: one thread, before the volume exists.
 */
@NullMarked
package zonefsj.fs.volume.recovery;

import org.jspecify.annotations.NullMarked;
