// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import zonefsj.device.PatientDevice;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZonedDevice;

/**
 * For how long the media of a drive have not answered. A mirror is as silent as that of its current
 * members which is the least so. Stateless and thread-safe.
 */
final class MemberSilence {
  private MemberSilence() {}

  /** Whether the media of a drive can stop answering at all. */
  static boolean isPossible(ZonedDevice device) {
    return device instanceof PatientDevice
        || StackedDevice.below(device).stream().anyMatch(MemberSilence::isPossible);
  }

  /** Time without an answer, in milliseconds, though a medium was asked; 0 if it has answered. */
  static long millisOf(ZonedDevice device) {
    if (device instanceof PatientDevice patient) {
      return patient.silentMillis();
    }
    if (device instanceof MirrorZonedDevice mirror) {
      return mirror.silentMillis();
    }
    long longest = 0;
    for (ZonedDevice below : StackedDevice.below(device)) {
      longest = Math.max(longest, millisOf(below));
    }
    return longest;
  }

  /** After so long, in milliseconds, an access is given up: the longest limit of its media. */
  static long limitMillisOf(ZonedDevice device) {
    long longest = device instanceof PatientDevice patient ? patient.limitMillis() : 0;
    for (ZonedDevice below : StackedDevice.below(device)) {
      longest = Math.max(longest, limitMillisOf(below));
    }
    return longest;
  }
}
