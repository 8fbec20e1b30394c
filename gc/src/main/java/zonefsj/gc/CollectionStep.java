// SPDX-License-Identifier: Apache-2.0
package zonefsj.gc;

/** What a step of the collector for a waiting thread or a command has done. */
public enum CollectionStep {
  /** It has reset zones that held no needed data. */
  RESET,
  /** It has chosen a victim. */
  BEGUN,
  /** It has moved a part of the victim. */
  MOVED,
  /** It was the last step of a victim. */
  ENDED,
  /** There was nothing to do. */
  NONE;

  /** Whether more steps follow before there is a result. */
  public boolean isUnfinished() {
    return this == BEGUN || this == MOVED;
  }
}
