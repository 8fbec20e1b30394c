// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks.image;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableIdentityTest {
  @ParameterizedTest
  @CsvSource({
    "MANIFEST-000012, true",
    "MANIFEST-999999999999999999, true",
    "MANIFEST-00012x, false",
    "MANIFEST-, false",
    "MANIFEST-9999999999999999999, false",
    "MANIFEST-000012.sst, false",
    "000012.sst, false"
  })
  void onlyANameWithANumberIsReadable(String name, boolean readable) {
    assertThat(TableIdentity.isReadable(name, 100)).isEqualTo(readable);
  }
}
