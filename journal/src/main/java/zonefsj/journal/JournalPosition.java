// SPDX-License-Identifier: Apache-2.0
package zonefsj.journal;

/**
 * The end of a record, and the proof of everything before it.
 *
 * @param sequence number of the record's last frame; frames are numbered from 1 over the whole life
 *     of the filesystem
 * @param chain chain hash after that frame
 */
public record JournalPosition(long sequence, long chain) {
  /** The position before the first record. */
  public static final JournalPosition START = new JournalPosition(0, 0);
}
