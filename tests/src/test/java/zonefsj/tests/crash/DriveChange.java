// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

/** What a drive did and may forget until the next flush. */
sealed interface DriveChange {
  /** The zone concerned; -1 for a flush. */
  int zone();

  /** Bytes at an absolute position; not to be changed. Compared by identity of the bytes. */
  @SuppressWarnings("ArrayRecordComponent")
  record Write(int zone, long positionBytes, byte[] bytes) implements DriveChange {
    @Override
    public String toString() {
      return "write of " + bytes.length + " bytes at " + positionBytes + " in zone " + zone;
    }
  }

  /** A zone became empty. */
  record Reset(int zone) implements DriveChange {}

  /** A zone became full. */
  record Finish(int zone) implements DriveChange {}

  /** Everything before is durable. */
  record Flush() implements DriveChange {
    @Override
    public int zone() {
      return -1;
    }
  }
}
