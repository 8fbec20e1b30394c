// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import zonefsj.device.DevicePart;

/**
 * A member of a mirror at one instant.
 *
 * @param name as the user named it
 * @param standing what it is worth
 * @param reason why it is missing; empty for others
 * @param zonesInStep number of zones that are known to be the same as those of the other members
 * @param zones number of all zones
 * @param differingZones number of zones in step that are right where those of another member are
 *     wrong; until they are reset
 * @param failedReads reads of it that another member had to answer
 * @param wrongReads reads of it that gave wrong bytes, while another member had the right ones
 */
public record MemberState(
    String name,
    Standing standing,
    String reason,
    int zonesInStep,
    int zones,
    int differingZones,
    long failedReads,
    long wrongReads) {
  /** What a member is worth. */
  public enum Standing {
    /** It has everything. */
    CURRENT,
    /** It has everything, and after a crash it is compared with the others. */
    COMPARING,
    /** It is being brought up to date, and serves what it has already. */
    BEHIND,
    /** It cannot be used. */
    MISSING
  }

  /** The state in words for the user. */
  public String words() {
    String inStep = zonesInStep + " of " + zones + " zones done";
    String words =
        switch (standing) {
          case CURRENT -> "current";
          case COMPARING -> "current, being compared after a crash or a failed read, " + inStep;
          case BEHIND -> DevicePart.BEHIND + ", " + inStep;
          case MISSING -> DevicePart.MISSING + ": " + reason;
        };
    return words
        + (differingZones == 0
            ? ""
            : ", " + differingZones + " zones right where another member is wrong: run a scrub")
        + (failedReads == 0 ? "" : ", " + failedReads + " reads failed")
        + (wrongReads == 0 ? "" : ", " + wrongReads + " reads gave wrong bytes");
  }
}
