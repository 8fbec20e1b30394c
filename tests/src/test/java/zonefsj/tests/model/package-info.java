// SPDX-License-Identifier: Apache-2.0
/**
 * Random sequences of operations against a reference that a reader can check by eye, without a
 * mount.
 *
 * <p>{@link zonefsj.tests.model.ReferenceFileSystem} is the reference. {@link
 * zonefsj.tests.model.ModelHarness} plays a sequence against it and against the filesystem under
 * test, and {@link zonefsj.tests.model.Shrinker} makes a failing sequence short.
 *
 * <p>Invariants: the reference uses no class of the filesystem under test except its interface and
 * the values of its calls. A seed determines a sequence of operations.
 *
 * <p>Threading: a sequence runs on one thread. {@link zonefsj.tests.model.ConcurrentProof} runs
 * operations at the same time on a few threads.
 */
@NullMarked
package zonefsj.tests.model;

import org.jspecify.annotations.NullMarked;
