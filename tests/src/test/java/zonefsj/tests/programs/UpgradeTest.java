// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A daemon goes on without the jars that it was started from, as when an upgrade replaces them.
 * {@code tests/package} does that with Debian's package.
 */
final class UpgradeTest {
  @RegisterExtension final Sandbox sandbox = new Sandbox(false);

  @Test
  void aDaemonNeedsNoFileOfItsInstallationAnyMore() throws Exception {
    sandbox.createDrive();
    // Its own files, not those of the build.
    sandbox
        .run(
            List.of(
                "bash",
                "-euc",
                "cp -R -L lib old; old/mount-scripts/zonefs-j mount \"$0\" mnt",
                sandbox.image().toString()))
        .orFail();
    Path point = sandbox.mountPoint();
    try {
      long daemon = sandbox.daemons().get(0).pid();
      Set<String> jars = new TreeSet<>();
      try (Stream<Path> files = Files.list(sandbox.home().resolve("old/lib").toRealPath())) {
        files.forEach(file -> jars.add(file.toString()));
      }
      assertThat(open(daemon)).containsAll(jars);
      sandbox.run(List.of("rm", "-r", "old")).orFail();
      Files.write(point.resolve("f"), new byte[1 << 20]);
      for (List<String> command :
          List.of(
              List.of("status"),
              List.of("status", "--json"),
              List.of("zones", "--map"),
              List.of("gc"),
              List.of("gc", "--defrag"),
              List.of("scrub"),
              List.of("sync"))) {
        Child.Result result =
            sandbox.zonefsj(
                Stream.concat(command.stream(), Stream.of(point.toString()))
                    .toArray(String[]::new));
        assertThat(result.exitCode()).as(result.toString()).isZero();
      }
      // Its SPEC is read by the daemon.
      sandbox
          .run(
              List.of(
                  "bash",
                  "-euc",
                  "$0 create more.img --size 256M --zone-size 16M --zone-capacity 12M;"
                      + " $0 grow mnt \"concat($1,$PWD/more.img)\"",
                  sandbox.installation().script("zonefs-j").toString(),
                  sandbox.image().toString()))
          .orFail();
      assertThat(Files.size(point.resolve("f"))).isEqualTo(1 << 20);
    } finally {
      sandbox.zonefsj("umount", point.toString()).orFail();
    }
  }

  private static Set<String> open(long process) throws IOException {
    Set<String> files = new TreeSet<>();
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + process + "/fd"))) {
      for (Path descriptor : descriptors.toList()) {
        if (Files.isSymbolicLink(descriptor)) {
          files.add(Files.readSymbolicLink(descriptor).toString());
        }
      }
    }
    return files;
  }
}
