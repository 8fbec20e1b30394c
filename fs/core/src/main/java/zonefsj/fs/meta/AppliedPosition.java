// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta;

import java.util.UUID;

/**
 * The position up to which a store has applied the journal, with the proof that it was this
 * journal.
 *
 * @param filesystem UUID of the filesystem
 * @param sequence number of the last applied journal record
 * @param chain the journal's chain hash at that record
 */
public record AppliedPosition(UUID filesystem, long sequence, long chain) {}
