// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import zonefsj.device.spec.DeviceSpec;

/** A drive that is only read, below a layer that stays. */
public sealed interface LayerSpec extends DeviceSpec permits FileLayerSpec, DriveLayerSpec {
  /** The drive below. */
  DeviceSpec part();
}
