// SPDX-License-Identifier: Apache-2.0
/**
 * What the SPECs of all drives on stores have in common: options, and how such a drive is opened.
 *
 * <p>Invariants: nothing is put into a store unless a drive may be made there.
 *
 * <p>Threading: all classes are immutable.
 */
@NullMarked
package zonefsj.stores.spec;

import org.jspecify.annotations.NullMarked;
