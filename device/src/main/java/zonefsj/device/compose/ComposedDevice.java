// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.util.List;
import zonefsj.device.ZonedDevice;

/** A drive that consists of others. */
public interface ComposedDevice {
  /** The drives of which it consists, in the order of its SPEC. They belong to this drive. */
  List<ZonedDevice> parts();
}
