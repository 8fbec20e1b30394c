// SPDX-License-Identifier: Apache-2.0
/**
 * The steps before a volume is mounted: find the newest superblock entry, open or rebuild the
 * index, replay the journal up to its torn tail, and give the zone manager the stream and live
 * bytes of each zone. The check, the dump and the repair begin with the same steps.
 *
 * <p>Invariants: an index is trusted only if the journal has its hash at its position. The cut of a
 * torn tail is durable before anything else is written. A damaged record below the highest proven
 * position refuses the mount, unless a clean superblock entry shows that the journal is not needed.
 *
 * <p>Threading: one thread, before the volume exists.
 */
@NullMarked
package zonefsj.fs.volume.recovery;

import org.jspecify.annotations.NullMarked;
