// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * mount(8) and umount(8) of this machine, with our helpers in {@code /sbin}: not really there, but
 * laid over it in a mount namespace of the test's own. The helpers are as thin as the installed
 * ones.
 */
final class SystemMountTest {
  @RegisterExtension final CommandFixture cli = new CommandFixture();

  @BeforeEach
  void writeHelpers() throws Exception {
    cli.format();
    Path sbin = Files.createDirectory(cli.path("sbin"));
    String command =
        cli.words().stream()
            .map(word -> "'" + word.replace("'", "'\\''") + "'")
            .collect(Collectors.joining(" "));
    script(
        sbin.resolve("mount.fuse.zonefs-j"),
        "spec=$1 dir=$2; shift 2; " + command + " mount \"$spec\" \"$dir\" \"$@\"");
    script(sbin.resolve("umount.fuse.zonefs-j"), command + " umount \"$1\"");
  }

  private static void script(Path path, String line) throws IOException {
    Files.writeString(path, "#!/bin/sh\n" + line + "\n");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Runs a script with our helpers in place; the table of mount(8) is its own, too. */
  private String inNamespace(String script) throws IOException, InterruptedException {
    Path file = cli.path("script");
    Files.writeString(
        file,
        String.join(
            "\n",
            "set -eu",
            "cd '" + cli.path("") + "'",
            "sbin=$(readlink -f /sbin)",
            "mount -t overlay -o lowerdir=sbin:$sbin overlay $sbin",
            // The mounts of other tests are copied, too: they must not outlive theirs for us.
            "findmnt -rno TARGET -t fuse.zonefs-j | while read m; do umount -i -l \"$m\"; done",
            "mkdir -p /run/mount && mount -t tmpfs tmpfs /run/mount",
            script));
    return cli.shell("unshare --mount sh '" + file + "' 2>&1");
  }

  @Test
  void umountWaitsUntilEverythingIsOnTheDrive() throws Exception {
    String said =
        inNamespace(
            """
            mount -t fuse.zonefs-j drive.img mnt -o commit=3600,_netdev
            cat /run/mount/utab
            echo hello > mnt/f
            daemon=$(basename run/*.sock .sock | cut -d. -f2)
            umount mnt
            # It has ended already; at most its parent has not noticed.
            grep -q ') [ZX] ' /proc/$daemon/stat 2>/dev/null || ! kill -0 $daemon 2>/dev/null
            cat /run/mount/utab
            mount -t fuse.zonefs-j drive.img mnt
            cat mnt/f
            umount mnt
            """);
    assertThat(said)
        .isEqualTo(
            "SRC="
                + cli.image()
                + " TARGET="
                + cli.mountPoint()
                + " ROOT=/ OPTS=uhelper=fuse.zonefs-j,_netdev\nhello\n");
  }

  @Test
  void whatEndsTheSessionOfTheCommandDoesNotEndTheMount() throws Exception {
    String said =
        inNamespace(
            """
            (
              setsid -w sh -c 'mount -t fuse.zonefs-j drive.img mnt; kill -HUP 0' || [ $? -gt 128 ]
            ) >setsid.out 2>&1
            echo hello > mnt/f
            cat mnt/f
            daemon=$(basename run/*.sock .sock | cut -d. -f2)
            [ $(cut -d' ' -f6 /proc/$daemon/stat) = $daemon ] || echo no session of its own
            umount mnt >umount.out
            """);
    assertThat(said).startsWith("hello\n").doesNotContain("no session");
  }

  @Test
  void aMountInUseIsSaidToBeSo() throws Exception {
    String said =
        inNamespace(
            """
            mount -t fuse.zonefs-j drive.img mnt
            exec 3> mnt/f
            umount mnt && exit 1
            echo still > mnt/g
            exec 3>&-
            umount mnt
            """);
    assertThat(said).startsWith("zonefs-j: " + cli.mountPoint() + " is in use by sh (process ");
    assertThat(said).hasLineCount(1);
  }

  @Test
  void aRemountReachesTheDaemon() throws Exception {
    String said =
        inNamespace(
            """
            mount -t fuse.zonefs-j drive.img mnt -o noexec
            mount -o remount,gc_rate=7M mnt
            mount -o remount,ro mnt
            findmnt -rno OPTIONS mnt
            mount -o remount,cache=9M mnt || echo refused
            umount mnt
            """);
    assertThat(said).contains("ro,noexec,relatime").endsWith("refused\n");
  }

  @Test
  void wrongOptionsAreRefusedThroughMount() throws Exception {
    String said = inNamespace("mount -t fuse.zonefs-j drive.img mnt -o gc_rat=5M || echo refused");
    assertThat(said)
        .contains("unknown mount option 'gc_rat', the nearest known one is 'gc_rate'")
        .endsWith("refused\n");
  }

  @Test
  void aDeadMountIsClearedByUmount() throws Exception {
    String said =
        inNamespace(
            """
            mount -t fuse.zonefs-j drive.img mnt
            kill -9 $(basename run/*.sock .sock | cut -d. -f2)
            while ls mnt 2>/dev/null; do sleep 0.1; done
            umount mnt
            grep "$PWD/mnt " /proc/self/mountinfo && exit 1
            cat /run/mount/utab
            """);
    assertThat(said).contains("its dead mount is cleared").hasLineCount(1);
  }

  @Test
  void anEntryInFstabIsEnough() throws Exception {
    String said =
        inNamespace(
            """
            echo "$PWD/drive.img $PWD/mnt fuse.zonefs-j defaults,nofail,gc_policy=greedy 0 0" > fstab
            mount --bind fstab /etc/fstab
            mount mnt
            findmnt -rno FSTYPE mnt
            umount "$PWD/mnt"
            """);
    assertThat(said).isEqualTo("fuse.zonefs-j\n");
  }
}
