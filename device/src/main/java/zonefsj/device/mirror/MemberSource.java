// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.util.Optional;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.Creation;

/** Opens a member of a mirror, also again after it was gone. Thread-safe. */
public interface MemberSource {
  /** The member as the user named it. */
  String name();

  /**
   * Opens the drive. The caller closes it.
   *
   * @param creation whether a composed drive may be made of drives that are not parts of one
   */
  ZonedDevice open(Creation creation) throws IOException;

  /**
   * Opens the drive to be read only, if an open for writing claims it, as one on a store: it may
   * belong to others. The caller closes it.
   *
   * @return empty if nothing is claimed
   */
  default Optional<ZonedDevice> look() throws IOException {
    return Optional.empty();
  }
}
