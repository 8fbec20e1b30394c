// SPDX-License-Identifier: Apache-2.0
/**
 * An index of metadata in memory: for crash tests, for volatile drives, and for a mount whose index
 * directory cannot be used.
 *
 * <p>A store's state is one immutable value of path-copied trees. So a batch becomes visible by one
 * reference, a durable state or a copy for a crash test costs one reference, and a scan sees
 * exactly one state.
 *
 * <p>Threading: readers take no lock; one writer at a time.
 */
@NullMarked
package zonefsj.fs.meta.memory;

import org.jspecify.annotations.NullMarked;
