// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import zonefsj.device.ZonedDevice;
import zonefsj.device.cache.CacheOptions;
import zonefsj.device.cache.CachedZonedDevice;

/** A cache in memory keeps the contract. */
class CachedMemoryTest extends CachedDriveContractTest {
  @Override
  CachedZonedDevice cache(ZonedDevice below, long budgetBytes, CacheOptions options)
      throws IOException {
    return CachedZonedDevice.inMemory(below, budgetBytes, options);
  }
}
