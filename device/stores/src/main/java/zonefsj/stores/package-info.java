// SPDX-License-Identifier: Apache-2.0
/**
 * Stores of objects, on which {@link zonefsj.stores.zones} puts the zones of a drive.
 *
 * <p>{@link zonefsj.stores.ObjectStore} is the interface that a store has to implement, and says
 * what it must hold. {@link zonefsj.stores.RetryingStore} repeats requests that fail.
 *
 * <p>Invariants: an object never changes; a name that was given up is never used again.
 *
 * <p>Threading: all stores are safe for use by several threads.
 */
@NullMarked
package zonefsj.stores;

import org.jspecify.annotations.NullMarked;
