// SPDX-License-Identifier: Apache-2.0
/**
 * Drives in the keys of a server that speaks the protocol of Redis.
 *
 * <p>Invariants: a key is an object; it is set once and never changed. A server that forgets what
 * it has acknowledged is refused.
 *
 * <p>Threading: stores and connections are thread-safe; everything else is immutable.
 */
@NullMarked
package zonefsj.stores.redis;

import org.jspecify.annotations.NullMarked;
