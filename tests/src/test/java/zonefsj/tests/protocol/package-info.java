// SPDX-License-Identifier: Apache-2.0
/**
 * The FUSE protocol as bytes, without a kernel: requests that no kernel would send, and references
 * that are counted.
 *
 * <p>Invariants: the handler answers any bytes, and never throws. Every reference that a reply adds
 * is counted.
 *
 * <p>Threading: one thread sends the requests.
 */
@NullMarked
package zonefsj.tests.protocol;

import org.jspecify.annotations.NullMarked;
