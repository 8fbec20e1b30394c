// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import zonefsj.fs.volume.state.LostRanges;
import zonefsj.fs.volume.stored.BatchRecord;

/**
 * Writes the list of lost ranges to the drive in records of its own, where no batch carries it.
 * Thread-safe, by the commit lock.
 */
public final class LostDataCommitter {
  /** More records than the list and its notes need. */
  private static final int MOST_RECORDS = 100;

  private final CommitLog log;
  private final CheckpointScheduler checkpoints;
  private final LostRanges lost;

  /**
   * @param log commits the records
   * @param checkpoints keep the journal short
   * @param lost the lost ranges
   */
  public LostDataCommitter(CommitLog log, CheckpointScheduler checkpoints, LostRanges lost) {
    this.log = log;
    this.checkpoints = checkpoints;
    this.lost = lost;
  }

  /** Writes what the drive should know soon. */
  public void saveIfDue() throws IOException {
    if (lost.isDue()) {
      checkpoints.commitBy(
          () -> {
            lost.settleForRecord();
            if (lost.isWorthARecord()) {
              saveLocked();
            }
          });
    }
  }

  /** Writes everything that the drive does not know. */
  public void save() throws IOException {
    for (int times = 0; times < MOST_RECORDS && lost.isUnsaved(); times++) {
      checkpoints.commitBy(
          () -> {
            lost.settleForRecord();
            saveLocked();
          });
    }
  }

  private void saveLocked() throws IOException {
    BatchRecord.Builder builder = new BatchRecord.Builder();
    lost.putInto(builder);
    if (builder.changes() > 0) {
      log.commitRecord(builder.build(), "a list of lost data could not be committed");
    }
  }
}
