// SPDX-License-Identifier: Apache-2.0
/**
 * Clients of stores that are loaded when they are used.
 *
 * <p>Invariants: what is in a module is not loaded before one of its stores is reached.
 *
 * <p>Threading: {@link zonefsj.stores.module.StoreModules} is thread-safe, and connectors must be.
 */
@NullMarked
package zonefsj.stores.module;

import org.jspecify.annotations.NullMarked;
