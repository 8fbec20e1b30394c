// SPDX-License-Identifier: Apache-2.0
/**
 * An index of metadata in memory: for crash tests, for volatile drives, and for a mount whose index
 * directory cannot be used.
 *
 * <p>The state of a store is one immutable value of path-copied trees. A batch therefore becomes
 * visible by one reference, a durable state or a copy for a crash test costs one reference, and a
 * scan sees exactly one state.
 *
 * <p>Threading: readers take no lock; one writer at a time.
 */
@NullMarked
package zonefsj.fs.meta.memory;

import org.jspecify.annotations.NullMarked;
