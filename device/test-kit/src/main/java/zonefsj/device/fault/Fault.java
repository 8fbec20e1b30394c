// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.fault;

import zonefsj.device.DeviceException;

/** A fault of one access. Immutable. */
public sealed interface Fault {
  /**
   * The access is not performed and fails. A failed flush is this fault with {@link
   * DeviceException.Reason#FLUSH_FAILED}.
   *
   * @param reason the reason that the drive reports
   */
  record Fail(DeviceException.Reason reason) implements Fault {}

  /**
   * A read succeeds, with one bit of the returned data inverted; other accesses are not affected.
   *
   * @param bit number of the bit, counted from the lowest bit of the first byte, modulo the length
   *     of the read
   */
  record FlipBit(long bit) implements Fault {}

  /**
   * A write or append stores its first blocks and then fails; any other access just fails. The
   * write is never complete: of a write of one block, nothing is stored.
   *
   * @param blocks largest number of blocks stored
   */
  record Tear(int blocks) implements Fault {}

  /**
   * A write fails, and blocks that were appended to its zone before are lost: the write pointer
   * goes back, as if the power of the drive had failed for a moment. Any other access just fails.
   *
   * @param blocks largest number of blocks lost
   */
  record LoseTail(int blocks) implements Fault {}

  /** The zone of the access becomes read-only before the access; a flush is not affected. */
  record WearReadOnly() implements Fault {}

  /** The zone of the access becomes offline before the access; a flush is not affected. */
  record WearOffline() implements Fault {}
}
