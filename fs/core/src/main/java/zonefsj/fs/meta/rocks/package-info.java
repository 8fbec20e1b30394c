// SPDX-License-Identifier: Apache-2.0
/**
 * The metadata index in a directory of the host, in RocksDB. The only package that imports {@code
 * org.rocksdb}.
 *
 * <p>RocksDB's log is disabled: the journal on the drive is the one redo log. All column families
 * are flushed atomically, together with the applied position. After a crash of the host the index
 * is therefore always a prefix of the applied batches with its own applied position.
 *
 * <p>No error in this package concerns the drive: every message names the index directory.
 *
 * <p>Threading: reads run in parallel; one writer at a time; {@code close} waits for running calls.
 */
@NullMarked
package zonefsj.fs.meta.rocks;

import org.jspecify.annotations.NullMarked;
