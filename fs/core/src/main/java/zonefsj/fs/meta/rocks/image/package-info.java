// SPDX-License-Identifier: Apache-2.0
/**
 * Checks the files of an image of RocksDB before RocksDB is given them: MANIFEST and tables of a
 * checkpoint come from a drive, which may have been made by anybody, and RocksDB believes what its
 * checksums do not contradict. It was written for files of its own: a length in a table is not
 * compared with the block that it is in, a level in a MANIFEST is an index into an array.
 *
 * <p>What passes is a database that our settings can write, in every byte that RocksDB follows. The
 * checksums of blocks are not computed here: RocksDB does that whenever it reads one.
 *
 * <p>Sources: RocksDB 10.2, {@code table/format.cc}, {@code table/block_based/block.cc}, {@code
 * block_builder.cc}, {@code table/meta_blocks.cc}, {@code db/version_edit.cc}, {@code
 * db/log_format.h}, {@code table/block_based/filter_policy.cc}; the LZ4 block format.
 *
 * <p>Memory is bounded: 64 MiB for the longest index of a table, some 100 MiB for the longest
 * MANIFEST. Threading: each object is used by one thread.
 */
@NullMarked
package zonefsj.fs.meta.rocks.image;

import org.jspecify.annotations.NullMarked;
