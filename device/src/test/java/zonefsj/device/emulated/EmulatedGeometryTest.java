// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.OptionalInt;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class EmulatedGeometryTest {
  private static final long MIB = 1 << 20;

  @Test
  void defaults() {
    EmulatedGeometry large = EmulatedGeometry.ofSize(4L << 30);
    assertThat(large.zoneSizeBytes()).isEqualTo(16 * MIB);
    assertThat(large.zoneCapacityBytes()).isEqualTo(16 * MIB);
    assertThat(large.zoneCount()).isEqualTo(256);
    assertThat(large.maxOpenZones()).hasValue(8);
    assertThat(large.maxActiveZones()).hasValue(12);
    assertThat(EmulatedGeometry.ofSize(100 * MIB).zoneSizeBytes()).isEqualTo(MIB);
    assertThat(EmulatedGeometry.ofSize(4096).zoneSizeBytes()).isEqualTo(4096);
  }

  @Test
  void oneLimitAdaptsToTheOther() {
    assertThat(EmulatedGeometry.builder(MIB).maxActiveZones(3).build().maxOpenZones()).hasValue(3);
    assertThat(EmulatedGeometry.builder(MIB).maxOpenZones(20).build().maxActiveZones())
        .hasValue(20);
    assertThat(
            EmulatedGeometry.builder(MIB)
                .maxOpenZones(OptionalInt.empty())
                .build()
                .maxActiveZones())
        .isEmpty();
  }

  @Test
  void whatNoDriveCouldBeIsRefusedWithWords() {
    assertRefused("size must be more", () -> EmulatedGeometry.ofSize(0));
    assertRefused("not a multiple of the block size 4K", () -> EmulatedGeometry.ofSize(5000));
    assertRefused(
        "capacity 2M is larger than the zone size 1M",
        () ->
            EmulatedGeometry.builder(64 * MIB)
                .zoneSizeBytes(MIB)
                .zoneCapacityBytes(2 * MIB)
                .build());
    assertRefused(
        "zone size 5000", () -> EmulatedGeometry.builder(64 * MIB).zoneSizeBytes(5000).build());
    assertRefused(
        "power of two", () -> EmulatedGeometry.builder(64 * MIB).blockSizeBytes(3000).build());
    assertRefused(
        "power of two", () -> EmulatedGeometry.builder(64 * MIB).blockSizeBytes(256).build());
    assertRefused(
        "4 conventional zones",
        () ->
            EmulatedGeometry.builder(64 * MIB)
                .zoneSizeBytes(16 * MIB)
                .conventionalZones(4)
                .build());
    assertRefused(
        "open zones (5) is larger than that of active zones (3)",
        () -> EmulatedGeometry.builder(64 * MIB).maxOpenZones(5).maxActiveZones(3).build());
    assertRefused("at least 1", () -> EmulatedGeometry.builder(64 * MIB).maxOpenZones(0).build());
    assertRefused(
        "make the zones larger",
        () -> EmulatedGeometry.builder(1L << 50).zoneSizeBytes(4096).build());
  }

  private static void assertRefused(String words, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(words);
  }
}
