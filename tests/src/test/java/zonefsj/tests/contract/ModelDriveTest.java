// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import zonefsj.device.emulated.EmulatedGeometry;

/** The model keeps the contract too; otherwise comparing with it would prove nothing. */
class ModelDriveTest extends ConcurrentAccessContractTest {
  @Override
  protected ModelDrive create(EmulatedGeometry geometry) {
    return new ModelDrive(geometry);
  }

  @Override
  void onlyAtTheWritePointer() {
    // The model's messages are not for users.
  }
}
