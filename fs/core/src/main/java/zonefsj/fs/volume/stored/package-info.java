// SPDX-License-Identifier: Apache-2.0
/**
 * What a volume keeps on the drive besides chunks and journal frames: superblock entries and their
 * places, checkpoints and their manifests, the records of batches, zones and scrub. FORMAT.md
 * specifies them. The mounted volume, the check, the repair and the dump use this package; it uses
 * none of them.
 *
 * <p>Threading: records are immutable; each other class is used by one thread at a time.
 */
@NullMarked
package zonefsj.fs.volume.stored;

import org.jspecify.annotations.NullMarked;
