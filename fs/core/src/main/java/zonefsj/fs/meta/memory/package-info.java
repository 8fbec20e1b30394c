// SPDX-License-Identifier: Apache-2.0
/**
 * An index of metadata in memory: for crash tests, for volatile drives, and for a mount whose index
 * directory cannot be used.
 *
 * <p>Invariants: the state of a store is one immutable value of path-copied trees. A batch becomes
 * visible by one reference, a durable state or a copy costs one reference, and a scan sees exactly
 * one state. Changes that the host does not take stay in one ordered tree, and reach the index
 * below as one batch.
 *
 * <p>Threading: readers take no lock; one writer at a time.
 */
@NullMarked
package zonefsj.fs.meta.memory;

import org.jspecify.annotations.NullMarked;
