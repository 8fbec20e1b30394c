// SPDX-License-Identifier: Apache-2.0
/**
 * Bases of indexes that behave differently on purpose, for tests of this module and those above:
 * the only test classes here that others use (as the artifact of type {@code test-jar}).
 *
 * <p>Invariants: {@link zonefsj.fs.kit.DelegatingStore} and {@link zonefsj.fs.kit.DelegatingStores}
 * forward every call that is not overridden.
 *
 * <p>Threading: as safe as what they forward to.
 */
@NullMarked
package zonefsj.fs.kit;

import org.jspecify.annotations.NullMarked;
