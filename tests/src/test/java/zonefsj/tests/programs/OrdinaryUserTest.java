// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Somebody who is not root makes a drive in a directory of theirs, mounts it and uses it. */
final class OrdinaryUserTest {
  private static final int USER = SharedHost.USER;
  private static final int OTHER = SharedHost.OTHER;

  @RegisterExtension final SharedHost host = new SharedHost(USER);

  /** As in a rootless container: root there may not write to the places of the system. */
  @Test
  void isRootInAUserNamespaceOfTheirOwn() throws Exception {
    assertThat(
            host.as(
                    USER,
                    """
                    unshare --user --map-root-user --mount bash -euc '
                      zonefs-j create d.img --size 256M
                      zonefs-j mkfs d.img
                      mkdir m
                      zonefs-j mount d.img m
                      echo hello >m/f
                      zonefs-j sync m
                      zonefs-j umount m
                      zonefs-j mount d.img m
                      cat m/f
                      zonefs-j umount m
                      ls -d .local/state/zonefs-j/log'
                    """)
                .orFail())
        .contains("hello", ".local/state/zonefs-j/log");
  }

  @Test
  void needsNobodysHelp() throws Exception {
    Path point = host.mountPoint();
    String said =
        host.as(
                USER,
                """
                zonefs-j create d.img --size 256M
                zonefs-j mkfs d.img
                zonefs-j mount d.img ../mnt -o transport=direct
                echo hello > ../mnt/f
                mkdir ../mnt/d
                ln ../mnt/f ../mnt/d/g
                head -c 5000000 /dev/urandom > random
                cp random ../mnt/d/
                stat -c '%u:%g' ../mnt ../mnt/f
                zonefs-j sync ../mnt
                zonefs-j status ../mnt
                findmnt -no FSTYPE,OPTIONS ../mnt
                ls -d $XDG_RUNTIME_DIR/zonefs-j .local/state/zonefs-j
                """)
            .orFail();
    assertThat(said)
        .contains("1000:1000\n1000:1000\n")
        .contains("transport=direct")
        .containsPattern("fuse\\.zonefs-j +rw,nosuid,nodev,relatime,user_id=1000,group_id=1000")
        .doesNotContain("allow_other");
    // Others may not look in, and root is one of them.
    for (int uid : List.of(OTHER, 0)) {
      Child.Result look =
          host.as(uid, "LC_ALL=C ls " + point + " 2>&1 && exit 3; ! cat " + point + "/f");
      assertThat(look.exitCode()).as(look.toString()).isZero();
      assertThat(look.output()).contains("Permission denied").doesNotContain("hello");
    }
    assertThat(host.as(OTHER, "zonefs-j umount " + point).exitCode()).isNotZero();
    assertThat(host.isMounted()).isTrue();
    host.as(USER, "zonefs-j umount ../mnt").orFail();
    assertThat(host.isMounted()).isFalse();
    assertThat(
            host.as(
                    USER,
                    """
                    ls -A ../mnt
                    zonefs-j fsck d.img --data >&2
                    zonefs-j mount d.img ../mnt -o transport=direct
                    cat ../mnt/d/g
                    cmp random ../mnt/d/random
                    zonefs-j umount ../mnt
                    """)
                .orFail())
        .isEqualTo("hello");
  }

  /** As where the package is not installed: a PATH with every program but this one. */
  @Test
  void isToldWhichPackageMountsForThem() throws Exception {
    host.as(
            USER,
            """
            zonefs-j create d.img --size 256M; zonefs-j mkfs d.img
            mkdir bin
            IFS=:
            for each in $PATH; do ln -sf "$each"/* bin/ || true; done
            rm -f bin/fusermount*
            """)
        .orFail();
    String without = "PATH=$PWD/bin zonefs-j ";
    Child.Result refused = host.as(USER, without + "mount d.img ../mnt -o transport=direct");
    assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(1);
    assertThat(refused.errors())
        .contains("fusermount3 is not installed")
        .contains("apt install fuse3");
    host.as(USER, "zonefs-j mount d.img ../mnt").orFail();
    refused = host.as(USER, without + "umount ../mnt");
    assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(1);
    assertThat(refused.errors()).contains("cannot be unmounted: fusermount3 is not installed");
    host.as(USER, "zonefs-j umount ../mnt").orFail();
  }

  @Test
  void isRefusedWhatOnlyRootMayAllow() throws Exception {
    host.as(USER, "zonefs-j create d.img --size 256M; zonefs-j mkfs d.img").orFail();
    Child.Result refused =
        host.as(USER, "zonefs-j mount d.img ../mnt -o transport=direct,allow_other");
    if (Files.readAllLines(Path.of("/etc/fuse.conf")).contains("user_allow_other")) {
      refused.orFail();
      host.as(USER, "zonefs-j umount ../mnt").orFail();
    } else {
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.errors()).contains("user_allow_other");
      assertThat(host.isMounted()).isFalse();
    }
  }
}
