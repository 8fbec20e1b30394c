// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZonedDevice;
import zonefsj.device.block.BlockZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.mirror.MemberSource;
import zonefsj.device.mirror.MemberState.Standing;
import zonefsj.device.mirror.MirrorZonedDevice;
import zonefsj.device.spec.Creation;

/** Drives that are pulled while they are in use, and put back. */
class PulledDriveInGuest {
  private static final int BLOCK = 4096;
  private static final int ZONE = 5;
  private static final int FIRST_NUMBER = 85;
  private static final int MIB = 1 << 20;
  private static final long PATIENCE_SECONDS = 120;

  @Test
  void aZnsDriveThatIsPulledSaysSo() throws Exception {
    assertSaysThatItIsPulled(
        new NvmeDrives(), FileSystemInGuest.zns(), PulledDriveInGuest::pullNvme);
  }

  @Test
  void aShingledDriveThatIsPulledSaysSo() throws Exception {
    assertSaysThatItIsPulled(
        new ScsiDebugDrives(), FileSystemInGuest.shingled(), PulledDriveInGuest::pullScsi);
  }

  @FunctionalInterface
  private interface Pull {
    void pull(Path node) throws IOException;
  }

  private static void assertSaysThatItIsPulled(
      GuestDrives drives, EmulatedGeometry geometry, Pull pull) throws IOException {
    byte[] bytes = random(BLOCK);
    Path node;
    try (BlockZonedDevice device = drives.fresh(geometry)) {
      node = Path.of(device.toString());
      assertThat(device.loss()).isEmpty();
      // The zone was empty at the open: a read without a report must not take it for zeros.
      device.append(ZONE, ByteBuffer.wrap(bytes));
      device.flush();
      pull.pull(node);
      assertThat(device.loss()).isEqualTo(node + " was removed");
      long position = ZONE * geometry.zoneSizeBytes();
      assertRemoved(node, () -> device.read(position, ByteBuffer.allocate(BLOCK)));
      assertRemoved(node, () -> device.append(ZONE, ByteBuffer.allocate(BLOCK)));
      assertRemoved(node, () -> device.write(position + BLOCK, ByteBuffer.allocate(BLOCK)));
      assertRemoved(node, () -> device.report(0, 1));
      assertRemoved(node, () -> device.finish(ZONE));
    }
    putBack(node);
    try (BlockZonedDevice device = BlockZonedDevice.open(node, DeviceAccess.READ_WRITE)) {
      ByteBuffer read = ByteBuffer.allocate(BLOCK);
      device.read(ZONE * geometry.zoneSizeBytes(), read);
      assertThat(read.array()).isEqualTo(bytes);
      device.append(ZONE, ByteBuffer.wrap(bytes));
    }
  }

  private static void assertRemoved(Path node, ThrowingCallable access) {
    assertThatThrownBy(access)
        .hasMessageContaining(node + " was removed")
        .isInstanceOfSatisfying(
            DeviceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.REMOVED));
  }

  /** null_blk forgets what it holds: an empty drive is in the place of the pulled one. */
  @Test
  void aMirrorGoesOnWithoutAMemberAndBringsItUpToDate() throws Exception {
    EmulatedGeometry geometry =
        EmulatedGeometry.builder(16L * MIB)
            .zoneSizeBytes(2L * MIB)
            .maxOpenZones(OptionalInt.empty())
            .maxActiveZones(OptionalInt.empty())
            .build();
    List<Path> configurations =
        List.of(
            NullBlkDrives.configuration(FIRST_NUMBER),
            NullBlkDrives.configuration(FIRST_NUMBER + 1));
    byte[] bytes = random(64 * BLOCK);
    try {
      Path one = NullBlkDrives.make(geometry, configurations.get(0));
      Path two = NullBlkDrives.make(geometry, configurations.get(1));
      List<MemberSource> members = Stream.of(one, two).<MemberSource>map(Member::new).toList();
      try (MirrorZonedDevice mirror = MirrorZonedDevice.open(members, false, Creation.IF_EMPTY)) {
        // Without a filesystem above, it would wait a minute for somebody who knows what is right.
        mirror.judgeBy((zone, lengthBytes, copy, other) -> false);
        mirror.append(ZONE, ByteBuffer.wrap(bytes));
        Guest.set(configurations.get(0).resolve("power"), 0);
        assertThat(read(mirror, bytes.length)).isEqualTo(bytes);
        mirror.append(ZONE, ByteBuffer.wrap(bytes));
        mirror.flush();
        awaitStanding(mirror, one, Standing.MISSING);
        Guest.set(configurations.get(0).resolve("power"), 1);
        awaitStanding(mirror, one, Standing.CURRENT);
        Guest.set(configurations.get(1).resolve("power"), 0);
        assertThat(read(mirror, bytes.length)).isEqualTo(bytes);
        awaitStanding(mirror, two, Standing.MISSING);
        mirror.append(ZONE, ByteBuffer.wrap(bytes));
        mirror.flush();
      }
    } finally {
      for (Path configuration : configurations) {
        NullBlkDrives.removeIfMade(configuration);
      }
    }
  }

  private record Member(Path node) implements MemberSource {
    @Override
    public String name() {
      return node.toString();
    }

    @Override
    public ZonedDevice open(Creation creation) throws IOException {
      return BlockZonedDevice.open(node, DeviceAccess.READ_WRITE);
    }
  }

  private static byte[] read(ZonedDevice device, int length) throws IOException {
    ByteBuffer read = ByteBuffer.allocate(length);
    device.read(ZONE * device.geometry().zoneSizeBytes(), read);
    return read.array();
  }

  private static void awaitStanding(MirrorZonedDevice mirror, Path node, Standing standing)
      throws IOException {
    Guest.await(
        node + " " + standing,
        () ->
            mirror.members().stream()
                .anyMatch(
                    member ->
                        member.name().equals(node.toString()) && member.standing() == standing));
  }

  @Test
  void whatWasSyncedIsThereWhenTheDriveIsBack() throws Exception {
    Path node = new ScsiDebugDrives().find(FileSystemInGuest.shingled());
    Path place = Files.createTempDirectory("zonefs-j-pulled");
    Path mount = Files.createDirectory(place.resolve("mount"));
    Path log = place.resolve("log");
    byte[] bytes = random(5 * MIB);
    FileSystemInGuest.zonefs("mkfs", node.toString(), "--force");
    Process daemon = FileSystemInGuest.mount(node, mount, log);
    try {
      Path file = mount.resolve("file");
      writeDurably(file, bytes);
      pullScsi(node);
      assertThatThrownBy(() -> writeDurably(file, new byte[] {1}))
          .hasMessageMatching(".*(Input/output error|Read-only file system)");
      Guest.set(Path.of("/proc/sys/vm/drop_caches"), 3);
      assertThatThrownBy(() -> Files.readAllBytes(file)).hasMessageContaining("Input/output error");
      assertThatThrownBy(() -> Files.createFile(mount.resolve("new")))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("Read-only file system");
      assertThat(FileSystemInGuest.zonefs("status", mount.toString()))
          .containsPattern("read-only +" + node + " was removed")
          .contains("unmount, bring the drive back, and mount it again")
          .doesNotContain("lost data");
      assertThat(Files.size(log)).isLessThan(MIB / 4);
    } finally {
      end(daemon, mount);
    }
    putBack(node);
    daemon = FileSystemInGuest.mount(node, mount, log);
    try {
      // One more byte may be there, but no other one.
      byte[] found = Files.readAllBytes(mount.resolve("file"));
      assertThat(Arrays.copyOf(found, bytes.length)).isEqualTo(bytes);
      Files.createFile(mount.resolve("new"));
    } finally {
      end(daemon, mount);
    }
  }

  private static void writeDurably(Path path, byte[] bytes) throws IOException {
    try (FileChannel file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.APPEND, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(bytes));
      file.force(false);
    }
  }

  /** The helper of umount(8), where there is one, fails if something is lost. */
  private static void end(Process daemon, Path mount) throws IOException, InterruptedException {
    try {
      Process umount = new ProcessBuilder("umount", mount.toString()).inheritIO().start();
      assertThat(umount.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("umount ends").isTrue();
      assertThat(daemon.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("the daemon ends").isTrue();
      assertThat(Files.readString(Path.of("/proc/self/mountinfo")))
          .doesNotContain(" " + mount + " ");
    } finally {
      daemon.destroyForcibly();
    }
  }

  private static void pullNvme(Path node) throws IOException {
    String name = node.getFileName().toString();
    String controller = name.substring(0, name.lastIndexOf('n'));
    Guest.set(Path.of("/sys/class/nvme", controller, "device/remove"), 1);
  }

  private static void pullScsi(Path node) throws IOException {
    Guest.set(Path.of("/sys/block", node.getFileName().toString(), "device/delete"), 1);
  }

  private static void putBack(Path node) throws IOException {
    Guest.set(Path.of("/sys/bus/pci/rescan"), 1);
    Path hosts = Path.of("/sys/class/scsi_host");
    if (Files.isDirectory(hosts)) {
      try (Stream<Path> all = Files.list(hosts)) {
        for (Path host : all.toList()) {
          Guest.set(host.resolve("scan"), "- - -");
        }
      }
    }
    Guest.await(node + " again", () -> Guest.isZoned(node));
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(length).nextBytes(bytes);
    return bytes;
  }
}
