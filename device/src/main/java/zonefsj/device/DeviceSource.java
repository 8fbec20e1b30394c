// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.io.IOException;

/** Opens a drive. */
@FunctionalInterface
public interface DeviceSource {
  /** The open drive, which the caller closes. */
  ZonedDevice open() throws IOException;
}
