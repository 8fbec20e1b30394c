// SPDX-License-Identifier: Apache-2.0
/**
 * A filesystem under realistic load, beside a model in memory.
 *
 * <p>Workers change their own subtrees through {@link zonefsj.tests.soak.SoakSubject}, which is a
 * volume in this process or a real mount; content is a {@link zonefsj.tests.soak.Pattern}, so that
 * the model of a file is small. {@link zonefsj.tests.soak.OverwriteProof} overwrites files at
 * random until much more than the drive has been written, {@link
 * zonefsj.tests.soak.FillDeleteProof} fills drives and deletes everything.
 *
 * <p>Invariants: the number of a run determines drive, options, load and faults, but not the order
 * of the threads. A worker changes its own subtree only.
 *
 * <p>Threading: each worker is a thread, and the drive is shared by all.
 */
@NullMarked
package zonefsj.tests.soak;

import org.jspecify.annotations.NullMarked;
