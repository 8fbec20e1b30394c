// SPDX-License-Identifier: Apache-2.0
/**
 * What a volume keeps on the drive besides chunks and journal frames: roots and where to find them,
 * checkpoints and their manifests, the records of batches, zones and scrub. Bytes and meaning are
 * in FORMAT.md. Used by the mounted volume, by the check, by the repair and by the dump alike;
 * knows none of them.
 *
 * <p>Threading: records are immutable; each of the others belongs to one thread at a time.
 */
@NullMarked
package zonefsj.fs.volume.stored;

import org.jspecify.annotations.NullMarked;
