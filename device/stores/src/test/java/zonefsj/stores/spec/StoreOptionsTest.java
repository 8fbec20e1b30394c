// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.stores.zones.StoreZonedDevice;

class StoreOptionsTest {
  private static StoreOptions parse(String options) throws DeviceSpecException {
    return ((StoreSpec) DeviceSpec.parse("dir(/x" + options + ")")).options();
  }

  @Test
  void defaults() throws DeviceSpecException {
    assertThat(parse("").limits())
        .isEqualTo(new StoreZonedDevice.Limits(64 << 20, 32 << 20, 300_000, 0));
    assertThat(parse("").takeover()).isFalse();
  }

  @Test
  void limitsOfMemoryAndTime() throws DeviceSpecException {
    assertThat(parse(",write-memory=1G,read-memory=4M,limit=1,keep=3600").limits())
        .isEqualTo(new StoreZonedDevice.Limits(1 << 30, 4 << 20, 1000, 3_600_000));
    assertThat(parse(",read-memory=0,limit=2147483647,keep=2678400").limits())
        .isEqualTo(new StoreZonedDevice.Limits(64 << 20, 0, 2_147_483_647_000L, 2_678_400_000L));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",keep=0",
        ",read-memory=0",
        ",takeover=yes,write-memory=8M,read-memory=5M,limit=7,keep=2678400",
        ",size=1G,zone-size=64M,zone-capacity=48M,block-size=512"
      })
  void theSpecSaysTheSame(String options) throws DeviceSpecException {
    String spec = DeviceSpec.parse("dir(/x" + options + ")").toString();
    StoreOptions again = ((StoreSpec) DeviceSpec.parse(spec)).options();
    assertThat(again.words()).isEqualTo(parse(options).words());
    assertThat(again.limits()).isEqualTo(parse(options).limits());
    assertThat(again.geometry()).isEqualTo(parse(options).geometry());
    assertThat(again.takeover().get()).isEqualTo(parse(options).takeover().get());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ,keep=-1             | keep
          ,keep=2678401        | keep must be between 0 and 2678400 seconds
          ,keep=99999999999    | keep
          ,keep=1h             | keep
          ,limit=0             | limit must be at least 1 second
          ,limit=-5            | limit
          ,read-memory=1M      | read-memory must be between 4M and 1T
          ,read-memory=2T      | read-memory must be between 4M and 1T
          ,write-memory=0      | write-memory must be between 4M and 1T
          ,takeover=no         | takeover can only be 'yes'
          ,zone-size=64M       | need size=SIZE
          ,keep=1,keep=2       | keep
          """)
  void refused(String options, String why) {
    assertThatThrownBy(() -> parse(options))
        .isInstanceOf(DeviceSpecException.class)
        .hasMessageContaining(why);
  }
}
