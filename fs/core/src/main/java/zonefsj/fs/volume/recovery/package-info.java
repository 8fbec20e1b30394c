// SPDX-License-Identifier: Apache-2.0
/**
 * What happens before a volume is mounted: finds the newest superblock entry, opens or rebuilds the
 * index, replays the journal up to its torn tail, and tells the zone manager what each zone holds.
 * The check, the dump and the repair begin with the same steps.
 *
 * <p>Threading: one thread, before the volume exists.
 */
@NullMarked
package zonefsj.fs.volume.recovery;

import org.jspecify.annotations.NullMarked;
