// SPDX-License-Identifier: Apache-2.0
/**
 * What is said of drives in directories of HDFS and Ozone; their client is in a module, {@code
 * zonefsj.stores.hadoop.client}.
 *
 * <p>Invariants: nothing here refers to a class of the client.
 *
 * <p>Threading: all classes are immutable.
 */
@NullMarked
package zonefsj.stores.hadoop;

import org.jspecify.annotations.NullMarked;
