// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import zonefsj.fs.cli.daemon.DaemonMemory;
import zonefsj.fs.cli.daemon.MountRequest;
import zonefsj.fs.cli.options.MountOptionParser;

/** The limits of memory with which a daemon starts. */
final class DaemonMemoryTest {
  private static List<String> javaOptions(String options) throws Exception {
    return DaemonMemory.javaOptionsFor(
        new MountRequest(
            "/drive",
            Path.of("/mnt"),
            MountOptionParser.parse(List.of(options)),
            false,
            false,
            ""));
  }

  @Test
  void optionsThatNeedNoMoreChangeNothing() throws Exception {
    assertThat(javaOptions("cache=32M,dirty=64M")).isEmpty();
    assertThat(javaOptions("cache=1M,dirty=4M")).isEmpty();
  }

  @Test
  void optionsThatNeedMoreLowerNoLimit() throws Exception {
    assertThat(javaOptions("cache=64M,dirty=4M"))
        .containsExactly("-Xmx256m", "-XX:MaxDirectMemorySize=512m");
    assertThat(javaOptions("dirty=128M"))
        .containsExactly("-Xmx304m", "-XX:MaxDirectMemorySize=512m");
    assertThat(javaOptions("dirty=1G"))
        .containsExactly("-Xmx1200m", "-XX:MaxDirectMemorySize=1280m");
  }
}
