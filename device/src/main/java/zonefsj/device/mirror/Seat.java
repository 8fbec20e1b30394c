// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import zonefsj.device.compose.Part;

/**
 * A member and the drive that it had at one moment: another drive may take its place at any time.
 *
 * @param member the member
 * @param part its drive at that moment
 */
record Seat(Member member, Part part) {
  /** Whether the drive is still that of the member. */
  boolean isTaken() {
    return member.part() == part;
  }

  /** Whether the drive still is that of a member that has everything. */
  boolean isCurrent() {
    return isTaken() && member.isCurrent();
  }
}
