// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.cli.host.MountInfo;

/** The ends of a mount, asked for or not, through each transport. */
final class EndsTest {
  @RegisterExtension final CommandFixture cli = new CommandFixture();

  private Path file() {
    return cli.mountPoint().resolve("a file");
  }

  private void mount(String transport) throws Exception {
    cli.run("mount", cli.image(), cli.mountPoint(), "-o", "commit=3600,transport=" + transport)
        .ok();
    assertThat(cli.run("status", cli.mountPoint()).ok().out()).contains("transport=" + transport);
  }

  @ParameterizedTest
  @CsvSource({"direct, TERM", "direct, INT", "jnr-fuse, TERM", "jnr-fuse, INT"})
  void aSignalIsADurableUnmount(String transport, String signal) throws Exception {
    cli.format();
    mount(transport);
    Files.writeString(file(), "not synced");
    long daemon = cli.daemon();
    cli.exec(Map.of(), List.of("kill", "-" + signal, Long.toString(daemon))).ok();
    CommandFixture.awaitEnd(daemon);
    assertThat(cli.isMounted()).isFalse();
    mount(transport);
    assertThat(file()).hasContent("not synced");
    cli.run("umount", cli.mountPoint()).ok();
  }

  @ParameterizedTest
  @ValueSource(strings = {"direct", "jnr-fuse"})
  void aKilledDaemonLeavesAMountThatIsClearedOrReplaced(String transport) throws Exception {
    cli.format();
    mount(transport);
    Files.writeString(file(), "synced");
    cli.run("sync", cli.mountPoint()).ok();
    cli.killDaemon();
    CommandFixture.Outcome again =
        cli.run("mount", cli.image(), cli.mountPoint(), "-o", "transport=" + transport);
    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(again.err()).contains("held the dead mount of " + cli.image()).hasLineCount(1);
    assertThat(file()).hasContent("synced");
    assertThat(log()).as("its index is good").doesNotContain("aside");
    cli.killDaemon();
    CommandFixture.Outcome cleared = cli.run("umount", cli.mountPoint());
    assertThat(cleared.exitCode()).isZero();
    assertThat(cleared.err()).contains("its dead mount is cleared").hasLineCount(1);
    assertThat(cli.isMounted()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"direct", "jnr-fuse"})
  void aMountInUseStays(String transport) throws Exception {
    cli.format();
    mount(transport);
    try (OutputStream open = Files.newOutputStream(file())) {
      open.write("first".getBytes(UTF_8));
      assertThat(cli.run("umount", cli.mountPoint()).failure(1))
          .contains(cli.mountPoint() + " is in use by java (process");
      assertThat(cli.isMounted()).isTrue();
      open.write(" second".getBytes(UTF_8));
    }
    assertThat(file()).hasContent("first second");
    cli.run("umount", cli.mountPoint()).ok();
    mount(transport);
    assertThat(file()).hasContent("first second");
    cli.run("umount", cli.mountPoint()).ok();
  }

  /** The administrator's last resort, through the control filesystem of FUSE. */
  private void abortConnection() throws Exception {
    String device = MountInfo.read().at(cli.mountPoint()).orElseThrow().device();
    cli.shell(
        "unshare --mount sh -euc '"
            + "mountpoint -q /sys/fs/fuse/connections"
            + " || mount -t fusectl fusectl /sys/fs/fuse/connections;"
            + " echo 1 > /sys/fs/fuse/connections/"
            + device.substring(device.indexOf(':') + 1)
            + "/abort'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"direct", "jnr-fuse"})
  void anAbortedConnectionEndsTheDaemonWithAReason(String transport) throws Exception {
    cli.format();
    mount(transport);
    Files.writeString(file(), "received");
    long daemon = cli.daemon();
    abortConnection();
    CommandFixture.awaitEnd(daemon);
    assertThat(cli.isMounted()).isFalse();
    assertThat(log()).contains(cli.mountPoint() + " was aborted");
    mount(transport);
    assertThat(file()).hasContent("received");
    cli.run("umount", cli.mountPoint()).ok();
  }

  @ParameterizedTest
  @ValueSource(strings = {"direct", "jnr-fuse"})
  void inTheForegroundAnAbortIsAFailure(String transport) throws Exception {
    cli.format();
    Process command =
        cli.start("mount", "-f", cli.image(), cli.mountPoint(), "-o", "transport=" + transport);
    try {
      for (int i = 0; i < 600 && !cli.isMounted(); i++) {
        assertThat(command.isAlive()).isTrue();
        Thread.sleep(50);
      }
      Files.writeString(file(), "hello");
      abortConnection();
      assertThat(command.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(command.exitValue()).isEqualTo(1);
      assertThat(cli.isMounted()).isFalse();
      assertThat(cli.path("stderr")).content().contains("was aborted");
    } finally {
      command.destroyForcibly();
    }
  }

  private String log() throws IOException {
    try (var logs = Files.list(cli.path("log"))) {
      return Files.readString(
          logs.filter(path -> path.toString().endsWith(".log")).findFirst().orElseThrow());
    }
  }
}
