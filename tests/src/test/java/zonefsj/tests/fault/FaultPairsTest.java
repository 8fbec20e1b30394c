// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The short form of {@code tests/prove faultpairs}. */
class FaultPairsTest {
  @Test
  void twoFaultsThatCostNothingAloneCostNothingTogether() throws Exception {
    assertThat(FaultPairsProof.prove(14, 200, null, System.out)).isZero();
  }
}
