// SPDX-License-Identifier: Apache-2.0
/**
 * Objects in a bucket of S3, or of a store with the same interface, by the SDK of AWS.
 *
 * <p>A put takes effect only if its name is free: {@code If-None-Match: *} (Amazon S3 User Guide,
 * "Conditional writes"). S3 shows what was put to everybody at once (same guide, "Amazon S3 data
 * consistency model"), and keeps it durably.
 *
 * <p>Invariants: no request is repeated here; no entry of the log is put without the condition.
 *
 * <p>Threading: all classes are thread-safe.
 */
@NullMarked
package zonefsj.stores.s3.client;

import org.jspecify.annotations.NullMarked;
