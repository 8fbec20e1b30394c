// SPDX-License-Identifier: Apache-2.0
/**
 * The one redo log of a volume: records with a chain hash, in segments of zones.
 *
 * <p>Invariants: a record is found again exactly if its last fragment and everything before it is
 * on the drive and unharmed; records of an earlier epoch that a recovery dropped never come back,
 * because their segment ends before them; a record's position is a proof of history, because the
 * chain hash contains a random number of each frame.
 *
 * <p>Threading: {@link zonefsj.journal.Journal} is used by one committing thread at a time; its
 * observers may be called from any thread.
 */
@NullMarked
package zonefsj.journal;

import org.jspecify.annotations.NullMarked;
