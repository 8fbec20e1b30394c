// SPDX-License-Identifier: Apache-2.0
/**
 * File data: on its way from a write to a zone, and back.
 *
 * <p>Written bytes become {@link zonefsj.fs.data.WriteBuffer}s in memory, which {@link
 * zonefsj.fs.data.FileDelta} maps to offsets of a file; {@link zonefsj.fs.data.ChunkWriter} puts
 * runs into zones, behind a summary; {@link zonefsj.fs.data.Extent} is what the index remembers of
 * them; {@link zonefsj.fs.data.VerifiedReader} reads them back and checks every byte.
 *
 * <p>Threading: a delta and its runs are guarded by the lock of their inode; writer and reader are
 * thread-safe.
 */
@NullMarked
package zonefsj.fs.data;

import org.jspecify.annotations.NullMarked;
