// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.DeviceModel;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.block.BlockDeviceException;
import zonefsj.device.block.BlockDeviceFacts;
import zonefsj.device.block.BlockZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;

/** What the kernel tells of real drives, and how they are opened and refused. */
class BlockDevicesInGuest {
  private static final int BLOCK = 4096;
  private static final int CONVENTIONAL_NUMBER = 90;
  private static final int SECTOR_BYTES = 512;
  private static final int SMALL_REQUEST_BYTES = 32 << 10;

  private final NvmeDrives nvme = new NvmeDrives();

  @Test
  void factsOfEveryMake() throws IOException {
    assertFacts(nvme, DriveMake.nvme(BLOCK).geometry());
    assertFacts(nvme, DriveMake.nvme(512).geometry());
    assertFacts(new NullBlkDrives(), DriveMake.nullBlk(BLOCK).geometry());
    assertFacts(new NullBlkDrives(), DriveMake.nullBlk(512).geometry());
    assertFacts(new ScsiDebugDrives(), DriveMake.scsiDebug(BLOCK).geometry());
    assertFacts(new ScsiDebugDrives(), DriveMake.scsiDebug(512).geometry());
  }

  private static void assertFacts(GuestDrives drives, EmulatedGeometry geometry)
      throws IOException {
    Path node = drives.find(geometry);
    assertThat(BlockDeviceFacts.isBlockDevice(node)).isTrue();
    BlockDeviceFacts facts = BlockDeviceFacts.of(node);
    assertThat(facts)
        .isEqualTo(
            new BlockDeviceFacts(
                DeviceModel.HOST_MANAGED,
                geometry.blockSizeBytes(),
                geometry.zoneCount(),
                geometry.zoneSizeBytes(),
                geometry.sizeBytes(),
                geometry.maxOpenZones(),
                geometry.maxActiveZones(),
                facts.maxRequestBytes(),
                false,
                false,
                List.of()));
  }

  @Test
  void theKernelNeverCutsAWrite() throws IOException {
    assertNoWriteIsCut(nvme, DriveMake.nvme(BLOCK).geometry());
    assertNoWriteIsCut(new NullBlkDrives(), DriveMake.nullBlk(BLOCK).geometry());
    assertNoWriteIsCut(new ScsiDebugDrives(), DriveMake.scsiDebug(BLOCK).geometry());
  }

  private static void assertNoWriteIsCut(GuestDrives drives, EmulatedGeometry geometry)
      throws IOException {
    Path node = drives.find(geometry);
    Path queue = Path.of("/sys/class/block", node.getFileName().toString(), "queue");
    String least = Guest.get(queue.resolve("max_sectors_kb"));
    // One that keeps no order, and requests of a few pages.
    Guest.set(queue.resolve("scheduler"), "none");
    Guest.set(queue.resolve("max_sectors_kb"), SMALL_REQUEST_BYTES >> 10);
    try (BlockZonedDevice device = BlockZonedDevice.open(node, DeviceAccess.READ_WRITE)) {
      device.reset(3);
      long before = requests(node);
      device.append(3, ByteBuffer.allocate(2 * SMALL_REQUEST_BYTES + BLOCK));
      assertThat(requests(node) - before).isEqualTo(3);
    } finally {
      Guest.set(queue.resolve("max_sectors_kb"), least);
    }
  }

  /** How many writes the drive has done: the fifth number of its stat. */
  private static long requests(Path node) throws IOException {
    Path stat = Path.of("/sys/class/block", node.getFileName().toString(), "stat");
    return Long.parseLong(Guest.get(stat).split(" +", -1)[4]);
  }

  @Test
  void aZoneThatDiedIsNamedWhateverWasKnownOfItsPointer() throws IOException {
    EmulatedGeometry geometry = DriveMake.nullBlk(BLOCK).geometry();
    int zone = geometry.zoneCount() - 2;
    try (BlockZonedDevice drive = new NullBlkDrives().fresh(geometry)) {
      drive.append(zone, ByteBuffer.allocateDirect(BLOCK));
      Guest.set(
          NullBlkDrives.last().resolve("zone_offline"),
          zone * geometry.zoneSizeBytes() / SECTOR_BYTES);
      ByteBuffer tooLong = ByteBuffer.allocateDirect((int) geometry.capacityOfBytes(zone));
      assertThatThrownBy(() -> drive.append(zone, tooLong))
          .isInstanceOfSatisfying(
              DeviceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.ZONE_OFFLINE));
    }
  }

  @Test
  void whoWritesIsAlone() throws IOException {
    Path node = nvme.find(DriveMake.nvme(BLOCK).geometry());
    try (BlockZonedDevice first = BlockZonedDevice.open(node, DeviceAccess.READ_WRITE)) {
      assertThat(first.geometry().description()).isEqualTo(node.toString());
      assertThatThrownBy(() -> BlockZonedDevice.open(node, DeviceAccess.READ_WRITE))
          .isInstanceOf(BlockDeviceException.class)
          .hasMessageContaining(node + " is in use");
      assertThatThrownBy(() -> BlockZonedDevice.open(node, DeviceAccess.READ_ONLY))
          .isInstanceOf(BlockDeviceException.class)
          .hasMessageContaining("another zonefs-j has it open");
    }
    BlockZonedDevice.open(node, DeviceAccess.READ_WRITE).close();
  }

  @Test
  void whoOnlyReadsChangesNothing() throws IOException {
    EmulatedGeometry geometry = DriveMake.nvme(BLOCK).geometry();
    byte[] bytes = new byte[BLOCK];
    bytes[7] = 7;
    try (BlockZonedDevice writer = nvme.fresh(geometry)) {
      writer.append(3, ByteBuffer.wrap(bytes));
      writer.flush();
    }
    Path node = nvme.find(geometry);
    try (BlockZonedDevice one = BlockZonedDevice.open(node, DeviceAccess.READ_ONLY);
        BlockZonedDevice two = BlockZonedDevice.open(node, DeviceAccess.READ_ONLY)) {
      ByteBuffer read = ByteBuffer.allocate(BLOCK);
      one.read(3 * geometry.zoneSizeBytes(), read);
      assertThat(read.array()).isEqualTo(bytes);
      List<ZoneDescriptor> before = two.report(0, geometry.zoneCount());
      for (Attempt attempt :
          List.<Attempt>of(
              () -> one.append(3, ByteBuffer.wrap(bytes)),
              () -> one.write(4 * geometry.zoneSizeBytes(), ByteBuffer.wrap(bytes)),
              () -> one.open(4),
              () -> one.close(3),
              () -> one.finish(3),
              () -> one.reset(3))) {
        assertThatThrownBy(attempt::run)
            .isInstanceOfSatisfying(
                DeviceException.class,
                e -> assertThat(e.reason()).isEqualTo(Reason.DEVICE_READ_ONLY));
      }
      one.flush();
      assertThat(two.report(0, geometry.zoneCount())).isEqualTo(before);
    }
  }

  @Test
  void zonesUnderTheDeviceMapperAreADriveAndTheirDriveIsInUse() throws IOException {
    EmulatedGeometry geometry = DriveMake.nvme(BLOCK).geometry();
    nvme.fresh(geometry).close();
    Path node = nvme.find(geometry);
    long sectors = geometry.zoneSizeBytes() / 512;
    String table = "0 " + 4 * sectors + " linear " + node + " " + 2 * sectors;
    try (MappedDrive mapped = MappedDrive.of("zones", table)) {
      assertThatThrownBy(() -> BlockZonedDevice.open(node, DeviceAccess.READ_WRITE))
          .isInstanceOf(BlockDeviceException.class)
          .hasMessageContaining("is in use (held by dm-");
      BlockZonedDevice.open(node, DeviceAccess.READ_ONLY).close();
      try (BlockZonedDevice device =
          BlockZonedDevice.open(mapped.node(), DeviceAccess.READ_WRITE)) {
        assertThat(device.geometry().zoneCount()).isEqualTo(4);
        byte[] bytes = new byte[BLOCK];
        bytes[9] = 9;
        assertThat(device.append(1, ByteBuffer.wrap(bytes))).isEqualTo(geometry.zoneSizeBytes());
        ByteBuffer read = ByteBuffer.allocate(BLOCK);
        device.read(geometry.zoneSizeBytes(), read);
        assertThat(read.array()).isEqualTo(bytes);
        ZoneDescriptor zone = device.report(1, 1).get(0);
        assertThat(zone.condition()).isEqualTo(ZoneCondition.IMPLICIT_OPEN);
        assertThat(zone.writtenBytes()).isEqualTo(BLOCK);
        device.finish(1);
        device.reset(1);
        assertThat(device.report(0, 4)).allMatch(each -> each.condition() == ZoneCondition.EMPTY);
      }
    }
    BlockZonedDevice.open(node, DeviceAccess.READ_WRITE).close();
  }

  @Test
  void whatHasNoZonesOfItsOwnIsRefused() throws IOException {
    Path configuration = NullBlkDrives.configuration(CONVENTIONAL_NUMBER);
    Files.createDirectory(configuration);
    Guest.set(configuration.resolve("size"), 16);
    Guest.set(configuration.resolve("memory_backed"), 1);
    Guest.set(configuration.resolve("power"), 1);
    try {
      Path node = Path.of("/dev/nullb" + CONVENTIONAL_NUMBER);
      Guest.await(node.toString(), () -> Guest.isReady(node));
      assertUnusable(node, "is a conventional drive");
      Guest.run("addpart", node.toString(), "1", "2048", "8192");
      Path part = Path.of(node + "p1");
      Guest.await(part.toString(), () -> Guest.isReady(part));
      assertThat(BlockDeviceFacts.of(part).partition()).isTrue();
      assertUnusable(part, "is a partition");
    } finally {
      NullBlkDrives.remove(configuration);
    }
    // Why no zoned partition is tried here.
    Path zoned = nvme.find(DriveMake.nvme(BLOCK).geometry());
    assertThatThrownBy(() -> Guest.run("addpart", zoned.toString(), "1", "0", "512"))
        .hasMessageContaining("addpart");
  }

  private static void assertUnusable(Path node, String words) {
    for (DeviceAccess access : DeviceAccess.values()) {
      assertThatThrownBy(() -> BlockZonedDevice.open(node, access))
          .isInstanceOf(BlockDeviceException.class)
          .hasMessageContaining(node.toString())
          .hasMessageContaining(words);
    }
  }

  /** Something that is refused. */
  @FunctionalInterface
  private interface Attempt {
    void run() throws IOException;
  }
}
