// SPDX-License-Identifier: Apache-2.0
/**
 * The index of metadata in a directory of the host, by RocksDB. The only package that imports
 * {@code org.rocksdb}.
 *
 * <p>RocksDB's log is off: the journal on the drive is the one redo log. What makes an index
 * trustworthy after a crash of the host is that all column families are flushed as one, together
 * with the mark, so that what is there is always a prefix of the applied batches with its own mark.
 *
 * <p>Nothing here concerns the drive, and no message says so: every error names the index
 * directory.
 *
 * <p>Threading: reads run in parallel; one writer at a time; {@code close} waits for those who are
 * inside.
 */
@NullMarked
package zonefsj.fs.meta.rocks;

import org.jspecify.annotations.NullMarked;
