// SPDX-License-Identifier: Apache-2.0
/**
 * The interface to the metadata index: column families of sorted keys, atomic batches, checkpoints.
 *
 * <p>The index can be rebuilt: the journal and the checkpoints on the drive are authoritative. It
 * is trusted only if its {@link zonefsj.fs.meta.AppliedPosition} proves that it belongs to the
 * drive's history.
 *
 * <p>Invariants: a batch and its applied position become durable together or not at all. The
 * content is always a prefix of the applied batches.
 *
 * <p>Threading: readers take no locks and run concurrently with one writer; one thread at a time
 * calls {@link zonefsj.fs.meta.MetadataStore#apply}.
 */
@NullMarked
package zonefsj.fs.meta;

import org.jspecify.annotations.NullMarked;
