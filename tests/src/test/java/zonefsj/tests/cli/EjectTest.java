// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A member of a mounted mirror, or the whole drive, is let go of and comes back. */
@Timeout(300)
final class EjectTest {
  @RegisterExtension final CommandFixture cli = new CommandFixture();

  private String mirror = "";

  @BeforeEach
  void mount() throws Exception {
    for (String name : new String[] {"a", "b"}) {
      cli.run("create", cli.path(name), "--size", "256M").ok();
    }
    mirror = "mirror(" + cli.path("a") + "," + cli.path("b") + ")";
    cli.run("mkfs", mirror).ok();
    cli.run("mount", mirror, cli.mountPoint()).ok();
    awaitStatus("current, current");
  }

  private static byte[] content(int seed) {
    byte[] bytes = new byte[3 << 20];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  private Path file(int number) {
    return cli.mountPoint().resolve("f" + number);
  }

  /** Waits until the members are as wanted: the first words of their states. */
  private void awaitStatus(String wanted) throws Exception {
    String last = "";
    while (!last.equals(wanted)) {
      last =
          String.join(
              ", ",
              cli.run("status", cli.mountPoint())
                  .ok()
                  .out()
                  .lines()
                  .filter(
                      line ->
                          line.contains(cli.path("a") + " ") || line.contains(cli.path("b") + " "))
                  .filter(line -> line.contains("zones of") || line.contains("missing"))
                  .map(
                      line ->
                          line.replaceFirst(
                              ".*(current|missing: ejected|missing|being brought).*", "$1"))
                  .toList());
      Thread.sleep(20);
    }
  }

  private void checkAlone(String gone) throws Exception {
    cli.run("umount", cli.mountPoint()).ok();
    Files.delete(cli.path(gone));
    cli.run("mount", mirror, cli.mountPoint()).ok();
    for (int number = 1; number <= 2; number++) {
      assertThat(Files.readAllBytes(file(number))).isEqualTo(content(number));
    }
    cli.run("umount", cli.mountPoint()).ok();
  }

  @Test
  void aMemberComesBackByARemount() throws Exception {
    Files.write(file(1), content(1));
    assertThat(cli.run("eject", cli.mountPoint(), cli.path("b")).ok().out())
        .isEqualTo(cli.path("b") + " may be removed\n");
    awaitStatus("current, missing: ejected");
    // Its drive is closed, and it has everything.
    assertThat(cli.run("zones", cli.path("b"), "--sum").ok().out()).contains("256M");
    Files.write(file(2), content(2));
    assertThat(cli.run("eject", cli.mountPoint(), cli.path("a")).failure(1))
        .contains("has what no other member has");
    cli.run("sync", cli.mountPoint()).ok();
    cli.run("mount", cli.mountPoint(), "-o", "remount").ok();
    awaitStatus("current, current");
    checkAlone("a");
  }

  @Test
  void aMemberThatWasPulledComesBackByItself() throws Exception {
    Files.write(file(1), content(1));
    cli.run("eject", cli.mountPoint(), cli.path("b")).ok();
    Files.move(cli.path("b"), cli.path("away"));
    Files.write(file(2), content(2));
    cli.run("sync", cli.mountPoint()).ok();
    // It is missed, which its words do not say any more.
    awaitStatus("current, missing");
    Files.move(cli.path("away"), cli.path("b"));
    awaitStatus("current, current");
    checkAlone("a");
  }

  @Test
  void whatIsNoMemberIsRefused() throws Exception {
    assertThat(cli.run("eject", cli.mountPoint(), "/nowhere").failure(1))
        .contains(
            "/nowhere is no member of a mirror here; give one of "
                + cli.path("a")
                + ", "
                + cli.path("b"));
    awaitStatus("current, current");
    cli.run("umount", cli.mountPoint()).ok();
    cli.run("create", cli.image(), "--size", "256M").ok();
    cli.run("mkfs", cli.image()).ok();
    cli.run("mount", cli.image(), cli.mountPoint()).ok();
    assertThat(cli.run("eject", cli.mountPoint(), cli.image()).failure(1))
        .contains("the drive is no mirror: 'zonefs-j eject DIR' lets go of the whole drive");
    cli.run("umount", cli.mountPoint()).ok();
  }

  private void assertRefused(String words) {
    assertThatThrownBy(() -> Files.write(file(2), content(2)))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("Input/output error");
    for (String[] command : new String[][] {{"gc"}, {"grow"}, {"eject"}, {"scrub"}}) {
      try {
        assertThat(cli.run(command[0], cli.mountPoint()).failure(1)).contains(words);
      } catch (IOException | InterruptedException broken) {
        throw new AssertionError(broken);
      }
    }
  }

  @Test
  void theWholeDriveComesBackByARemount() throws Exception {
    Files.write(file(1), content(1));
    assertThat(cli.run("eject", cli.mountPoint()).ok().out())
        .isEqualTo(mirror + " may be removed\n");
    assertThat(cli.run("status", cli.mountPoint()).ok().out()).contains("missing: ejected");
    cli.run("fsck", mirror).ok();
    assertRefused("the drive is ejected");
    cli.run("mount", mirror, cli.mountPoint(), "-o", "remount").ok();
    awaitStatus("current, current");
    Files.write(file(2), content(2));
    checkAlone("a");
  }

  @Test
  void theWholeDriveComesBackByItselfUnlessItIsAnother() throws Exception {
    Files.write(file(1), content(1));
    cli.run("eject", cli.mountPoint()).ok();
    for (String name : new String[] {"a", "b"}) {
      Files.move(cli.path(name), cli.path(name + "-away"));
    }
    String away = "mirror(" + cli.path("a-away") + "," + cli.path("b-away") + ")";
    // Longer than it takes to notice that.
    Thread.sleep(3000);
    for (String name : new String[] {"a", "b"}) {
      Files.move(cli.path(name + "-away"), cli.path(name));
    }
    awaitStatus("current, current");
    Files.write(file(2), content(2));
    cli.run("eject", cli.mountPoint()).ok();
    for (String name : new String[] {"a", "b"}) {
      Files.move(cli.path(name), cli.path(name + "-away"));
    }
    cli.run("tune", "--label", "changed", away).ok();
    for (String name : new String[] {"a", "b"}) {
      Files.move(cli.path(name + "-away"), cli.path(name));
    }
    assertThat(cli.run("mount", mirror, cli.mountPoint(), "-o", "remount").failure(1))
        .contains(" is another: ")
        .contains("the drive stays ejected: give it back as it was, or unmount");
    checkAlone("b");
  }
}
