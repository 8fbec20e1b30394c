// SPDX-License-Identifier: Apache-2.0
/**
 * Every {@link zonefsj.device.ZonedDevice} against one suite: {@link
 * zonefsj.tests.contract.ZonedDeviceContractTest} is inherited for each drive and each wrapper.
 */
@NullMarked
package zonefsj.tests.contract;

import org.jspecify.annotations.NullMarked;
