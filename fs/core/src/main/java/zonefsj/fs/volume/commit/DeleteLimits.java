// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import zonefsj.fs.meta.memory.BufferingMetadataStore;
import zonefsj.fs.volume.stored.BatchRecord;

/**
 * How many extents a record may delete one by one; behind these limits, one range deletes what an
 * interval replaces. A batch counts its intervals, but does not know how many extents they replace.
 *
 * @param recordBytes length of the record up to which it takes single deletes
 * @param heldBytes memory up to which it takes them, if a host that takes no changes leaves the
 *     record in memory; a delete takes much more there than in the record
 */
record DeleteLimits(long recordBytes, long heldBytes) {
  /** For records that nothing limits. */
  static final DeleteLimits NONE = new DeleteLimits(Long.MAX_VALUE, Long.MAX_VALUE);

  /** The deletes of an extent that is listed as staged: two changes with a key of 16 bytes each. */
  private static final int DELETE_BYTES = 2 * 19;

  private static final int HELD_DELETE_BYTES =
      DELETE_BYTES + 2 * BufferingMetadataStore.ENTRY_OVERHEAD_BYTES;

  /** Single deletes that a record has space for; at least one, which takes less than a range. */
  int most(BatchRecord.Builder record, long wanted) {
    long held =
        record.lengthBytes()
            + (long) record.changes() * BufferingMetadataStore.ENTRY_OVERHEAD_BYTES;
    long inRecord = (recordBytes - record.lengthBytes()) / DELETE_BYTES;
    long inMemory = (heldBytes - held) / HELD_DELETE_BYTES;
    return (int) Math.max(1, Math.min(wanted, Math.min(inRecord, inMemory)));
  }
}
