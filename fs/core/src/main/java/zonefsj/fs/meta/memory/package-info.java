// SPDX-License-Identifier: Apache-2.0
/**
 * An index of metadata in memory: for crash tests, for volatile drives, and for a mount whose index
 * directory cannot be used; and the recent changes of every index.
 *
 * <p>Invariants: the state of a store is one immutable value of path-copied trees. A batch becomes
 * visible by one reference, a durable state or a copy costs one reference, and a scan sees exactly
 * one state. Recent changes of an index on the host are in such trees, too, and reach it as one
 * batch.
 *
 * <p>Threading: readers take no lock; one writer at a time.
 */
@NullMarked
package zonefsj.fs.meta.memory;

import org.jspecify.annotations.NullMarked;
