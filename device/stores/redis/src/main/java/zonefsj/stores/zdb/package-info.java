// SPDX-License-Identifier: Apache-2.0
/**
 * Drives in the keys of a 0-db namespace (https://github.com/threefoldtech/0-db).
 *
 * <p>Invariants: the object of a name is what was put first, though 0-db lets later puts replace
 * earlier ones.
 *
 * <p>Threading: stores are thread-safe; everything else is immutable.
 */
@NullMarked
package zonefsj.stores.zdb;

import org.jspecify.annotations.NullMarked;
