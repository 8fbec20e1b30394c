// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.fault;

import zonefsj.device.DeviceException;

/** What can go wrong with one access. Immutable. */
public sealed interface Fault {
  /**
   * The access is not done and fails. A failed flush is this with {@link
   * DeviceException.Reason#FLUSH_FAILED}.
   *
   * @param reason what the drive says
   */
  record Fail(DeviceException.Reason reason) implements Fault {}

  /**
   * A read succeeds, with one bit of what it returns turned; of any other access nothing happens.
   *
   * @param bit which one: counted from the first byte's lowest bit, modulo the length of the read
   */
  record FlipBit(long bit) implements Fault {}

  /**
   * A write or append stores its first blocks and fails then; any other access just fails. It is
   * never whole: of a write of one block, nothing is stored.
   *
   * @param blocks how many blocks are stored at most
   */
  record Tear(int blocks) implements Fault {}

  /** The zone concerned becomes read-only before the access; of a flush nothing happens. */
  record WearReadOnly() implements Fault {}

  /** The zone concerned becomes offline before the access; of a flush nothing happens. */
  record WearOffline() implements Fault {}
}
