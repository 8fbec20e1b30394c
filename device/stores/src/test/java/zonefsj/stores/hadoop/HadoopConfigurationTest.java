// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.hadoop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.spec.DeviceSpec;

final class HadoopConfigurationTest {
  @Test
  void aVariableNamesTheDirectory() {
    assertThat(HadoopConfiguration.files(Map.of(HadoopConfiguration.VARIABLE, "/c")))
        .containsExactly(
            Path.of("/c/core-site.xml"), Path.of("/c/hdfs-site.xml"), Path.of("/c/ozone-site.xml"));
    assertThat(HadoopConfiguration.directory(Map.of())).isEqualTo(Path.of("/etc/hadoop/conf"));
    assertThat(HadoopConfiguration.directory(Map.of(HadoopConfiguration.VARIABLE, "")))
        .isEqualTo(Path.of("/etc/hadoop/conf"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"hdfs://host/d", "ofs://host/v/b/d", "delay(5,hdfs://host/d)"})
  void theFilesDecideWhatADriveRuns(String spec) throws Exception {
    assertThat(DeviceSpec.parse(spec).clientFiles())
        .isEqualTo(HadoopConfiguration.files(System.getenv()));
  }
}
