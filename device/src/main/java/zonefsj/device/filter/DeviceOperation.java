// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.filter;

/** The kinds of access to a drive. */
public enum DeviceOperation {
  /** A zone report. */
  REPORT,
  /** A read. */
  READ,
  /** A write at a position. */
  WRITE,
  /** An append to a zone. */
  APPEND,
  /** A flush. */
  FLUSH,
  /** Opening a zone. */
  OPEN,
  /** Closing a zone. */
  CLOSE,
  /** Finishing a zone. */
  FINISH,
  /** Resetting a zone. */
  RESET;

  /** Whether it reads or writes bytes of a zone. */
  public boolean movesBytes() {
    return this == READ || this == WRITE || this == APPEND;
  }
}
