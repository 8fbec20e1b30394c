// SPDX-License-Identifier: Apache-2.0
/**
 * Connections to servers that speak the protocol of Redis, version 2
 * (https://redis.io/docs/latest/develop/reference/protocol-spec/).
 *
 * <p>Invariants: every request ends within a stated time; an error says whether the request may
 * have had an effect.
 *
 * <p>Threading: a connection is used by one thread at a time; everything else is thread-safe.
 */
@NullMarked
package zonefsj.stores.resp;

import org.jspecify.annotations.NullMarked;
