// SPDX-License-Identifier: Apache-2.0
/**
 * Sorted runs, of which checkpoints are to consist in place of RocksDB's files; until then, only
 * the decompressor is in use. A run holds the changes of a part of the journal, or of many such
 * runs, sorted by column family and key, in pieces of one column family each ({@link
 * zonefsj.fs.meta.run.RunPiece}). {@link zonefsj.fs.meta.run.RunMerge} shows many runs as one.
 *
 * <p>Invariants: a piece is written once, in the order of its keys. A reader trusts nothing that it
 * has not checked. The package knows neither drive nor journal: pieces are written to a stream of
 * the caller, and read from its source.
 *
 * <p>Threading: a piece is immutable; a writer, a scan and a merge are for one thread.
 */
@NullMarked
package zonefsj.fs.meta.run;

import org.jspecify.annotations.NullMarked;
