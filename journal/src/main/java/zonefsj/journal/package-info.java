// SPDX-License-Identifier: Apache-2.0
/**
 * The one redo log of a volume: records with a chain hash, in segments that lie in zones.
 *
 * <p>Invariants: a reader finds a record exactly if its last fragment and everything before it are
 * on the drive and undamaged; records of an earlier epoch that a recovery dropped never return,
 * because their segment ends before them; a record's position proves its history, because the chain
 * hash contains a random number of each frame.
 *
 * <p>Threading: one committing thread at a time uses {@link zonefsj.journal.Journal}; any thread
 * may call its observers.
 */
@NullMarked
package zonefsj.journal;

import org.jspecify.annotations.NullMarked;
