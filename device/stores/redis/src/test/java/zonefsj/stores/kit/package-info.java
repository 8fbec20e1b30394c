// SPDX-License-Identifier: Apache-2.0
/**
 * Servers for tests.
 *
 * <p>Invariants: they listen on the loopback address only.
 *
 * <p>Threading: each client of a server has a thread.
 */
@NullMarked
package zonefsj.stores.kit;

import org.jspecify.annotations.NullMarked;
