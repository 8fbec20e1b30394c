// SPDX-License-Identifier: Apache-2.0
/**
 * File data, on the way from a write to a zone, and back.
 *
 * <p>Written bytes become {@link zonefsj.fs.data.WriteBuffer}s in memory, which {@link
 * zonefsj.fs.data.FileDelta} maps to offsets of a file. {@link zonefsj.fs.data.ChunkWriter} writes
 * them to zones, after a summary. {@link zonefsj.fs.data.Extent} is their record in the index.
 * {@link zonefsj.fs.data.VerifiedReader} reads them back and verifies every byte.
 *
 * <p>Invariants: no byte is returned before its granule is verified. An extent has a checksum for
 * each granule. Content of an earlier use of a buffer never reaches the drive.
 *
 * <p>Threading: the lock of the inode guards a delta and its write buffers; writer and reader are
 * thread-safe.
 */
@NullMarked
package zonefsj.fs.data;

import org.jspecify.annotations.NullMarked;
