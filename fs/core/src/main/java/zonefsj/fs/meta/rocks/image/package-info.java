// SPDX-License-Identifier: Apache-2.0
/**
 * Checks the files of a RocksDB image before RocksDB opens them. MANIFEST and tables of a
 * checkpoint come from a drive, which anybody may have written, and RocksDB trusts everything that
 * its checksums do not contradict. RocksDB is written for its own files: it does not compare a
 * length in a table with the block around it, and it uses a level in a MANIFEST as an array index.
 *
 * <p>Sources: RocksDB 10.2, {@code table/format.cc}, {@code table/block_based/block.cc}, {@code
 * block_builder.cc}, {@code table/meta_blocks.cc}, {@code db/version_edit.cc}, {@code
 * db/log_format.h}, {@code table/block_based/filter_policy.cc}; the LZ4 block format.
 *
 * <p>Invariants: an image that passes is a database that RocksDB can write with our settings, in
 * every byte that RocksDB interprets. Checksums of blocks are left to RocksDB, which verifies them
 * at each read. Memory is bounded: 128 MiB for the longest index of a table (32 MiB stored, 96 MiB
 * uncompressed), some 100 MiB for the longest MANIFEST.
 *
 * <p>Threading: one thread uses each object.
 */
@NullMarked
package zonefsj.fs.meta.rocks.image;

import org.jspecify.annotations.NullMarked;
