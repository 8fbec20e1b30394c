// SPDX-License-Identifier: Apache-2.0
/**
 * The metadata index in a directory of the host, in RocksDB. The only package that imports {@code
 * org.rocksdb}.
 *
 * <p>Invariants: RocksDB's log is disabled, because the journal on the drive is the one redo log.
 * All column families are flushed atomically, together with the applied position, so after a crash
 * the index is a prefix of the applied batches. No error in this package concerns the drive: every
 * message names the index directory.
 *
 * <p>Threading: reads run in parallel; one writer at a time; {@code close} waits for running calls.
 */
@NullMarked
package zonefsj.fs.meta.rocks;

import org.jspecify.annotations.NullMarked;
