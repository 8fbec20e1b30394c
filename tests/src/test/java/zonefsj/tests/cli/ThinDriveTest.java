// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import zonefsj.tests.stores.StoreServer;

/**
 * Thin provisioning on two servers: each client has a drive on one of them for its changes, and all
 * read the same drive on the other one.
 */
@Timeout(300)
final class ThinDriveTest {
  private static final int MIB = 1 << 20;

  @RegisterExtension final CommandFixture cli = new CommandFixture();

  @SuppressWarnings("NullAway.Init") // set before each test
  private StoreServer shared;

  @SuppressWarnings("NullAway.Init") // set before each test
  private StoreServer own;

  @BeforeEach
  void makeBase() throws Exception {
    shared = StoreServer.redis(Files.createDirectory(cli.path("shared")));
    own = StoreServer.redis(Files.createDirectory(cli.path("own")));
    cli.run("mkfs", on(shared, "base", ",size=1G,zone-size=16M")).ok();
    cli.run("mount", on(shared, "base", ""), cli.mountPoint()).ok();
    write(cli.mountPoint().resolve("golden"), 1);
    cli.run("umount", cli.mountPoint()).ok();
  }

  @AfterEach
  void stop() {
    shared.close();
    own.close();
  }

  private static String on(StoreServer server, String prefix, String options) {
    return "redis(port=" + server.port() + ",prefix=" + prefix + "/" + options + ")";
  }

  /** The drive of a client. */
  private String thin(String client, String options) {
    return "diff(" + on(own, client, options) + "," + on(shared, "base", "") + ")";
  }

  private static byte[] bytes(int seed) {
    byte[] bytes = new byte[2 * MIB + seed];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  private static void write(Path file, int seed) throws IOException {
    Files.write(file, bytes(seed));
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  @Test
  void clientsShareADriveThatIsOnlyRead() throws Exception {
    assertThat(cli.run("mount", thin("one", ""), cli.mountPoint()).failure(1))
        .contains("has no drive");
    cli.run("layer", "create", thin("one", ",size=2G,zone-size=16M")).ok();
    cli.run("layer", "create", thin("two", ",size=2G,zone-size=16M")).ok();
    assertThat(cli.run("layer", "create", thin("two", "")).failure(1)).contains("is not empty");

    cli.run("mount", thin("one", ""), cli.mountPoint()).ok();
    write(cli.mountPoint().resolve("mine"), 2);
    assertThat(cli.mountPoint().resolve("golden")).hasBinaryContent(bytes(1));

    // The server of the changes ends under load, and is back: what was acknowledged is there.
    own.kill();
    own.restart();
    write(cli.mountPoint().resolve("after"), 4);
    shared.kill();
    shared.restart();
    cli.run("umount", cli.mountPoint()).ok();

    // On one host a filesystem can be mounted once.
    cli.run("mount", thin("two", ""), cli.mountPoint()).ok();
    assertThat(cli.mountPoint().resolve("mine")).doesNotExist();
    Files.delete(cli.mountPoint().resolve("golden"));
    cli.run("umount", cli.mountPoint()).ok();

    cli.run("mount", thin("one", ""), cli.mountPoint()).ok();
    assertThat(cli.mountPoint().resolve("mine")).hasBinaryContent(bytes(2));
    assertThat(cli.mountPoint().resolve("after")).hasBinaryContent(bytes(4));
    assertThat(cli.mountPoint().resolve("golden")).hasBinaryContent(bytes(1));
    cli.run("umount", cli.mountPoint()).ok();

    cli.run("layer", "drop", thin("two", "")).ok();
    cli.run("layer", "commit", thin("one", "")).ok();
    cli.run("mount", on(shared, "base", ""), cli.mountPoint()).ok();
    assertThat(cli.mountPoint().resolve("mine")).hasBinaryContent(bytes(2));
    cli.run("umount", cli.mountPoint()).ok();
  }

  @Test
  void aBaseThatHasChangedOrIsNotThereIsToldInWords() throws Exception {
    cli.run("layer", "create", thin("one", ",size=2G,zone-size=16M")).ok();
    String nowhere = "diff(" + on(own, "one", "") + "," + on(shared, "nothing", "") + ")";
    assertThat(cli.run("mount", nowhere, cli.mountPoint()).failure(1))
        .contains("nothing/")
        .contains("has no drive");
    cli.run("mount", on(shared, "base", ""), cli.mountPoint()).ok();
    write(cli.mountPoint().resolve("behind"), 5);
    cli.run("umount", cli.mountPoint()).ok();
    assertThat(cli.run("mount", thin("one", ""), cli.mountPoint()).failure(1))
        .contains("the drive below has changed since the layer began");
    cli.run("layer", "drop", thin("one", "")).ok();
  }
}
