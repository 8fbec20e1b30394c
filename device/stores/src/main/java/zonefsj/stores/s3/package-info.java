// SPDX-License-Identifier: Apache-2.0
/**
 * What is said of drives in buckets of S3; their client is in a module, {@code
 * zonefsj.stores.s3.client}.
 *
 * <p>Invariants: nothing here refers to a class of the client.
 *
 * <p>Threading: all classes are immutable.
 */
@NullMarked
package zonefsj.stores.s3;

import org.jspecify.annotations.NullMarked;
