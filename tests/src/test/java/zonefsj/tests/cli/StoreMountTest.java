// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import zonefsj.stores.dir.DirectoryStore;
import zonefsj.stores.zones.OwnerIdentity;
import zonefsj.stores.zones.StoreZonedDevice;
import zonefsj.tests.stores.HdfsServer;
import zonefsj.tests.stores.S3Server;

/** Mounts of drives on stores. */
final class StoreMountTest {
  @RegisterExtension final CommandFixture cli = new CommandFixture();

  private static final Duration AWAY = Duration.ofSeconds(10);

  private String spec = "";

  @BeforeEach
  void format() throws Exception {
    Files.createDirectory(cli.path("store"));
    spec = "dir:" + cli.path("store");
    steps().format();
  }

  private StoreMountSteps steps() {
    return new StoreMountSteps(cli, spec);
  }

  @Test
  void whatWasSyncedIsThereOnAnotherHost() throws Exception {
    steps().requireThereOnAnotherHost();
  }

  /** The client is in a module that the daemon loads. */
  @Test
  void whatWasSyncedToABucketIsThereOnAnotherHost() throws Exception {
    try (S3Server server = S3Server.start()) {
      cli.setEnvironment("AWS_ACCESS_KEY_ID", "test");
      cli.setEnvironment("AWS_SECRET_ACCESS_KEY", "test");
      spec = "s3:" + server.options();
      steps().format();
      steps().requireThereOnAnotherHost();
    }
    // It is away now.
    assertThat(cli.run("mount", spec, cli.mountPoint()).failure(1)).contains("refused");
  }

  @Test
  void whatWasSyncedToHdfsIsThereOnAnotherHost() throws Exception {
    cli.useClientsOfServers();
    try (HdfsServer server = HdfsServer.start(1)) {
      spec = server.address("drives/home");
      steps().format();
      steps().requireThereOnAnotherHost();
    }
    assertThat(cli.run("mount", spec, cli.mountPoint()).failure(1)).contains("refused");
  }

  @Test
  void aLoadGoesOnWithoutADatanodeAndAfterTheNamenodeWasAway() throws Exception {
    cli.useClientsOfServers();
    try (HdfsServer server = HdfsServer.start(4)) {
      spec = server.address("drives/home");
      steps().format();
      steps().requireGoesOn(server, AWAY);
    }
  }

  /** Another host has it open, then takes it over. */
  @Test
  void onlyOneHostWrites() throws Exception {
    steps().mount();
    Files.writeString(cli.mountPoint().resolve("before"), "content");
    cli.run("sync", cli.mountPoint()).ok();
    Path store = cli.path("store");
    try (StoreZonedDevice other =
        StoreZonedDevice.open(
            DirectoryStore.open(store, false),
            new OwnerIdentity(
                "other-host", "other-boot", 77, 1, InstantSource.system(), new SplittableRandom(1)),
            new StoreZonedDevice.Options(
                false,
                true,
                StoreZonedDevice.Limits.ofWrites(1 << 20, 10_000),
                2,
                true,
                StoreZonedDevice.Thrift.USUAL))) {
      Files.writeString(cli.mountPoint().resolve("late"), "content");
      assertThat(cli.run("sync", cli.mountPoint()).failure(1)).isNotEmpty();
      assertThat(cli.run("status", cli.mountPoint()).ok().out())
          .contains("read-only")
          .contains("was taken over by process 77 of other-host");
      cli.run("umount", cli.mountPoint());
      assertThat(cli.run("mount", spec, cli.mountPoint()).failure(1))
          .contains("is in use by process 77 of other-host")
          .contains("mount --takeover");
      assertThat(other.isPresent()).isTrue();
      cli.run("mount", "--takeover", spec, cli.mountPoint()).ok();
      other.finish(other.geometry().zoneCount() - 1);
      assertThatThrownBy(other::flush).hasMessageContaining("was taken over by process");
    }
    assertThat(cli.mountPoint().resolve("before")).hasContent("content");
    assertThat(cli.mountPoint().resolve("late")).doesNotExist();
    cli.run("umount", cli.mountPoint()).ok();
  }

  /** Whoever forgot the mount must not lose what it holds. */
  @Test
  void aMountOfThisHostIsNotTakenOver() throws Exception {
    steps().mount();
    Files.writeString(cli.mountPoint().resolve("before"), "content");
    Path other = Files.createDirectory(cli.path("other"));
    assertThat(cli.run("mount", "--takeover", spec, other).failure(1))
        .contains(" is mounted already, on ");
    assertThat(cli.run("tune", "--label", "other", spec + ",takeover=yes").failure(1)).isNotEmpty();
    cli.run("sync", cli.mountPoint()).ok();
    cli.run("umount", cli.mountPoint()).ok();
    cli.run("mount", spec, other).ok();
    assertThat(other.resolve("before")).hasContent("content");
    cli.run("umount", other).ok();
  }

  /** Nothing is made before every part has been looked at. */
  @Test
  void aRefusedFormatMakesNothing() throws Exception {
    Path empty = Files.createDirectory(cli.path("empty"));
    String missing = "dir(" + cli.path("missing") + ",size=1G)";
    assertThat(cli.run("mkfs", "mirror(dir(" + empty + ",size=1G)," + missing + ")").failure(1))
        .contains("there is no such directory");
    assertThat(files(empty)).isEmpty();
    assertThat(cli.run("mkfs", "dir:" + empty).failure(1)).contains("give its size: size=100G");
    assertThat(cli.run("mount", "dir:" + empty, cli.mountPoint()).failure(1))
        .contains("has no drive");
    assertThat(cli.run("mkfs", spec + ",size=2G", "--force").failure(1))
        .contains("has another size");
    assertThat(cli.run("mkfs", spec).failure(1)).contains("--force overwrites it");
    assertThat(files(empty)).isEmpty();
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }
}
