// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import zonefsj.device.crypt.CipherEngine;

/** An encrypted drive on a host without OpenSSL keeps the contract, too. */
final class CryptByJavaTest extends CryptZonedDeviceTest {
  @Override
  CipherEngine engine() {
    return CipherEngine.JAVA;
  }
}
