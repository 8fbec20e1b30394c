// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import zonefsj.device.fault.FaultPlan;
import zonefsj.tests.HostTrees;

/** Starts subjects. */
final class SoakSubjects {
  private SoakSubjects() {}

  /**
   * Formats and mounts.
   *
   * @param kind {@code volume} or {@code mount}
   * @param home an empty directory, which the subject removes when it ends
   */
  static SoakSubject open(
      String kind, Path home, SoakShape shape, SoakSettings settings, FaultPlan faults)
      throws IOException {
    boolean opened = false;
    try {
      SoakSubject subject =
          kind.equals("volume")
              ? new InProcessSubject(home, shape, settings, faults, UnaryOperator.identity())
              : new MountSubject(home, shape, settings);
      opened = true;
      return subject;
    } finally {
      if (!opened) {
        HostTrees.delete(home);
      }
    }
  }
}
