// SPDX-License-Identifier: Apache-2.0
/**
 * Objects in directories of HDFS and Ozone, by the client of Hadoop.
 *
 * <p>Invariants: an object gets its name by a rename, after it was written as a whole and synced.
 *
 * <p>Threading: all classes are thread-safe.
 */
@NullMarked
package zonefsj.stores.hadoop.client;

import org.jspecify.annotations.NullMarked;
