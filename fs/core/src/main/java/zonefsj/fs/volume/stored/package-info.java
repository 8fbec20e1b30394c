// SPDX-License-Identifier: Apache-2.0
/**
 * What a volume keeps on the drive besides chunks and journal frames: superblock entries and their
 * places, checkpoints and their manifests, the records of batches, zones and scrub. FORMAT.md
 * specifies them. The mounted volume, the check, the repair and the dump use this package; it uses
 * none of them.
 *
 * <p>Invariants: every structure is verified when it is read; impossible values are refused before
 * anything is allocated for them. A superblock entry is written to both zones of the log, and the
 * newest durable one is never overwritten.
 *
 * <p>Threading: records are immutable; each other class is used by one thread at a time.
 */
@NullMarked
package zonefsj.fs.volume.stored;

import org.jspecify.annotations.NullMarked;
