// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import zonefsj.device.mounts.MountTable;
import zonefsj.device.mounts.MountTableEntry;

/** The kernel's table of mounts, as the commands look at it. */
final class MountInfoTest {
  private static final String TABLE =
      """
      27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
      42 27 0:39 / /mnt/data rw,noexec,relatime shared:1 master:2 - fuse.zonefs-j /dev/nvme0n1 rw,user_id=0,group_id=0,default_permissions,allow_other
      43 27 0:40 / /mnt/a\\040b\\011c\\012d\\134e ro,relatime - fuse.zonefs-j /img/x\\040y.img ro,user_id=1000,group_id=1000
      44 42 0:41 / /mnt/data/sub rw - tmpfs tmpfs rw
      45 27 0:39 /dir /srv/bind rw - fuse.zonefs-j /dev/nvme0n1 rw,user_id=0
      46 27 0:50 / /mnt/over rw - tmpfs tmpfs rw
      47 27 0:51 / /mnt/over rw - fuse.zonefs-j /x rw,user_id=0
      48 27 0:52 / /mnt/d\\303\\244ta rw - fuse.zonefs-j /y rw,user_id=0
      """;

  private static MountInfo table() {
    return MountInfo.of(MountTable.parse(TABLE.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void everyFieldIsFound() {
    MountEntry entry = table().at(Path.of("/mnt/data")).orElseThrow();
    assertThat(entry)
        .isEqualTo(
            new MountEntry(
                new MountTableEntry(
                    42,
                    "0:39",
                    "/",
                    "/mnt/data",
                    "rw,noexec,relatime",
                    "fuse.zonefs-j",
                    "/dev/nvme0n1",
                    "rw,user_id=0,group_id=0,default_permissions,allow_other"),
                Path.of("/mnt/data")));
    assertThat(entry.isOurs()).isTrue();
    assertThat(entry.isReadOnly()).isFalse();
    assertThat(entry.options()).contains("noexec", "allow_other").doesNotContain("exec");
    assertThat(entry.mounterUid()).hasValue(0);
  }

  @Test
  void namesWithOddCharactersAreUnescaped() {
    MountEntry entry = table().at(Path.of("/mnt/a b\tc\nd\\e")).orElseThrow();
    assertThat(entry.source()).isEqualTo("/img/x y.img");
    assertThat(entry.isReadOnly()).isTrue();
    assertThat(entry.mounterUid()).hasValue(1000);
    assertThat(table().at(Path.of("/mnt/däta"))).isPresent();
  }

  @Test
  void theMountOnTopIsTheOneSeen() {
    assertThat(table().at(Path.of("/mnt/over")).orElseThrow().id()).isEqualTo(47);
    assertThat(table().covering(Path.of("/mnt/over/x")).orElseThrow().id()).isEqualTo(47);
  }

  @Test
  void aPathIsOnTheNearestMountAboveIt() {
    assertThat(table().covering(Path.of("/mnt/data/x/y")).orElseThrow().id()).isEqualTo(42);
    assertThat(table().covering(Path.of("/mnt/data/sub/z")).orElseThrow().id()).isEqualTo(44);
    assertThat(table().covering(Path.of("/mnt/database")).orElseThrow().id()).isEqualTo(27);
    assertThat(table().at(Path.of("/mnt/data/x"))).isEmpty();
  }

  @Test
  void theTableOfThisMachineIsUnderstood() throws IOException {
    assertThat(MountInfo.read().covering(Path.of("/"))).isPresent();
    assertThat(MountInfo.read().at(Path.of("/proc")).map(MountEntry::type)).contains("proc");
  }
}
