// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.DeviceModel;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;

/**
 * What can be proven of real drives without one: structures, facts from sysfs, judging of errors.
 */
class BlockDeviceTest {
  private static final int EIO = 5;

  /** As a little-endian machine lays it out; zone 1: full at 48 of 64 MiB, written by null_blk. */
  private static final String GOLDEN_REPORT =
      """
      0000020000000000 0300000001000000
      0000020000000000 0000020000000000 0080030000000000 020e000000000000
      0080010000000000 0000000000000000 0000000000000000 0000000000000000
      0000040000000000 0000020000000000 0001040000000000 0202000000000000
      0080010000000000 0000000000000000 0000000000000000 0000000000000000
      0000060000000000 0000020000000000 ffffffffffffffff 0100000000000000
      0000020000000000 0000000000000000 0000000000000000 0000000000000000
      """;

  private static final long MIB = 1 << 20;

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private static ByteBuffer golden() {
    byte[] bytes = HexFormat.of().parseHex(GOLDEN_REPORT.replaceAll("\\s", ""));
    return ByteBuffer.allocateDirect(bytes.length).put(bytes);
  }

  @Test
  void reportsAreRead() throws IOException {
    assertThat(ByteOrder.nativeOrder()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    List<ZoneDescriptor> zones = LinuxIoctls.parseReport(golden(), 1);
    assertThat(zones)
        .containsExactly(
            new ZoneDescriptor(
                1,
                ZoneType.SEQUENTIAL_REQUIRED,
                ZoneCondition.FULL,
                64 * MIB,
                64 * MIB,
                48 * MIB,
                112 * MIB),
            new ZoneDescriptor(
                2,
                ZoneType.SEQUENTIAL_REQUIRED,
                ZoneCondition.IMPLICIT_OPEN,
                128 * MIB,
                64 * MIB,
                48 * MIB,
                128 * MIB + 0x100 * 512),
            new ZoneDescriptor(
                3,
                ZoneType.CONVENTIONAL,
                ZoneCondition.NOT_WRITE_POINTER,
                192 * MIB,
                64 * MIB,
                64 * MIB,
                -512));
  }

  @Test
  void withoutValidCapacitiesTheyAreTheSizes() throws IOException {
    ByteBuffer report = golden().put(12, (byte) 0);
    assertThat(LinuxIoctls.parseReport(report, 1))
        .allMatch(zone -> zone.capacityBytes() == zone.sizeBytes());
  }

  @Test
  void strangeReportsAreRefused() {
    assertThatThrownBy(() -> LinuxIoctls.parseReport(golden().put(8, (byte) 4), 1))
        .isInstanceOf(BlockDeviceException.class);
    assertThatThrownBy(() -> LinuxIoctls.parseReport(golden().put(16 + 24, (byte) 9), 1))
        .isInstanceOf(BlockDeviceException.class)
        .hasMessageContaining("zone 1")
        .hasMessageContaining("type");
    assertThatThrownBy(() -> LinuxIoctls.parseReport(golden().put(16 + 64 + 25, (byte) 9), 1))
        .isInstanceOf(BlockDeviceException.class)
        .hasMessageContaining("zone 2")
        .hasMessageContaining("condition");
  }

  @Test
  void requestsAreWritten() {
    ByteBuffer buffer = ByteBuffer.allocate(16);
    LinuxIoctls.encodeReport(buffer, 0x20000, 3);
    assertThat(buffer.array())
        .isEqualTo(HexFormat.of().parseHex("00000200000000000300000000000000"));
    LinuxIoctls.encodeRange(buffer, 64 * MIB, 32 * MIB);
    assertThat(buffer.array())
        .isEqualTo(HexFormat.of().parseHex("00000200000000000000010000000000"));
  }

  @Test
  void deviceNumbersAreTakenApart() {
    assertThat(BlockDeviceFacts.major((259L << 8) | 5)).isEqualTo(259);
    assertThat(BlockDeviceFacts.minor((259L << 8) | 5)).isEqualTo(5);
    assertThat(BlockDeviceFacts.minor(0x100000 | (8 << 8) | 0x11)).isEqualTo(0x111);
    assertThat(BlockDeviceFacts.major(0x100000 | (8 << 8) | 0x11)).isEqualTo(8);
  }

  @Test
  void factsOfAZonedDrive() throws IOException {
    Path sys = sysfs("host-managed", 16, 131072, 8, 12);
    BlockDeviceFacts facts = facts(sys, "");
    assertThat(facts)
        .isEqualTo(
            new BlockDeviceFacts(
                DeviceModel.HOST_MANAGED,
                4096,
                16,
                64 * MIB,
                1024 * MIB,
                OptionalInt.of(8),
                OptionalInt.of(12),
                124 << 10,
                false,
                false,
                List.of()));
    BlockZonedDevice.checkUsable(Path.of("/dev/zoned"), facts, DeviceAccess.READ_WRITE);
  }

  @Test
  void aLimitOfZeroIsNone() throws IOException {
    BlockDeviceFacts facts = facts(sysfs("host-managed", 16, 131072, 0, 0), "");
    assertThat(facts.maxOpenZones()).isEmpty();
    assertThat(facts.maxActiveZones()).isEmpty();
  }

  @Test
  void aRequestIsAsLongAsTheDriveTakesAndMemoryInPagesAllows() throws IOException {
    Path sys = sysfs("host-managed", 16, 131072, 0, 0);
    Path queue = sys.resolve("dev/block/259:5/queue");
    Files.writeString(queue.resolve("max_sectors_kb"), "1280\n");
    assertThat(facts(sys, "").maxRequestBytes()).isEqualTo(512 << 10);
    Files.writeString(queue.resolve("max_segments"), "65535\n");
    assertThat(facts(sys, "").maxRequestBytes()).isEqualTo(1 << 20);
    Files.writeString(queue.resolve("max_segments"), "33\n");
    assertThat(facts(sys, "").maxRequestBytes()).isEqualTo(132 << 10);
    Files.writeString(queue.resolve("max_sectors_kb"), "1\n");
    assertThat(facts(sys, "").maxRequestBytes()).isEqualTo(4096);
  }

  @Test
  void aDriveThatTakesNoWritesIsOnlyRead() throws IOException {
    Path sys = sysfs("host-managed", 16, 131072, 8, 12);
    Files.writeString(sys.resolve("dev/block/259:5/ro"), "1\n");
    assertUnusable(facts(sys, ""), "/dev/zoned takes no writes");
    BlockZonedDevice.checkUsable(Path.of("/dev/zoned"), facts(sys, ""), DeviceAccess.READ_ONLY);
  }

  @Test
  void theModelOfADriveIsKnown() throws IOException {
    Path sys = sysfs("host-managed", 16, 131072, 8, 12);
    assertThat(BlockDeviceFacts.modelOf(sys, 259, 5)).isEmpty();
    Path device = Files.createDirectory(sys.resolve("dev/block/259:5/device"));
    Files.writeString(device.resolve("model"), "ZNS drive 4000                 \n");
    assertThat(BlockDeviceFacts.modelOf(sys, 259, 5)).isEqualTo("ZNS drive 4000");
    Path partition = Files.createDirectory(sys.resolve("dev/block/259:5/part1"));
    Files.writeString(partition.resolve("partition"), "1\n");
    Files.createSymbolicLink(sys.resolve("dev/block/259:6"), partition);
    assertThat(BlockDeviceFacts.modelOf(sys, 259, 6)).isEqualTo("ZNS drive 4000");
    assertThat(BlockDeviceFacts.modelOf(directory)).as("no drive").isEmpty();
    assertThat(BlockDeviceFacts.modelOf(directory.resolve("gone"))).isEmpty();
  }

  @Test
  void theFileBehindALoopDeviceIsKnown() throws IOException {
    Path sys = sysfs("none", 0, 0, 0, 0);
    Path loop = Files.createDirectory(sys.resolve("dev/block/259:5/loop"));
    Path image = Files.createFile(sys.resolve("image"));
    Files.writeString(loop.resolve("backing_file"), image + "\n");
    Files.writeString(loop.resolve("offset"), "0\n");
    Files.writeString(loop.resolve("sizelimit"), "0\n");
    assertThat(BlockDeviceFacts.behindLoop(sys, 259, 5)).isEqualTo(image);
    assertThat(BlockDeviceFacts.behindLoop(sys, 259, 6)).as("no loop device").isNull();
    Files.writeString(loop.resolve("offset"), "512\n");
    assertThat(BlockDeviceFacts.behindLoop(sys, 259, 5)).as("a part of it").isNull();
    Files.writeString(loop.resolve("offset"), "0\n");
    Files.writeString(loop.resolve("backing_file"), image + " (deleted)\n");
    assertThat(BlockDeviceFacts.behindLoop(sys, 259, 5)).as("not there").isNull();
    Files.createFile(sys.resolve("image (deleted)"));
    assertThat(BlockDeviceFacts.behindLoop(sys, 259, 5)).as("of another file").isNull();
    Files.write(loop.resolve("backing_file"), new byte[] {'/', (byte) 0xe4, '\n'});
    assertThat(BlockDeviceFacts.behindLoop(sys, 259, 5)).as("of strange bytes").isNull();
  }

  @Test
  void aConventionalDriveIsRefused() throws IOException {
    BlockDeviceFacts facts = facts(sysfs("none", 0, 0, 0, 0), "");
    assertThat(facts.model()).isEqualTo(DeviceModel.NONE);
    assertUnusable(facts, "/dev/zoned is a conventional drive");
  }

  @Test
  void aDriveInUseIsRefused() throws IOException {
    Path sys = sysfs("host-managed", 16, 131072, 8, 12);
    BlockDeviceFacts facts =
        facts(sys, "30 1 259:5 / /mnt/with\\040space rw - ext4 /dev/other rw\n");
    assertUnusable(facts, "in use (mounted at /mnt/with space)");
    facts = facts(sys, "30 1 0:41 / /btrfs rw,x shared:2 - btrfs /dev/zoned rw\n");
    assertUnusable(facts, "mounted at /btrfs");
    facts = facts(sys, "30 1 0:41 / /else rw - btrfs /dev/zoned2 rw\n");
    assertThat(facts.users()).isEmpty();
    facts = facts(sys, fuseMount("/own", "fuse.zonefs-j", uid()));
    assertUnusable(facts, "mounted at /own");
    // The mount of somebody else, with a name that is not UTF-8, must not stop the look at ours.
    Files.write(
        directory.resolve("proc/self/mountinfo"),
        "29 1 0:9 / /m\u00e4 rw - tmpfs x rw\n30 1 259:5 / /mnt rw - ext4 /dev/other rw\n"
            .getBytes(StandardCharsets.ISO_8859_1));
    facts = BlockDeviceFacts.read(sys, directory.resolve("proc"), Path.of("/dev/zoned"), 259, 5);
    assertThat(facts.users()).containsExactly("mounted at /mnt");
    Files.createDirectories(sys.resolve("dev/block/259:5/holders/dm-3"));
    assertUnusable(facts(sys, ""), "held by dm-3");
    BlockZonedDevice.checkUsable(Path.of("/dev/zoned"), facts(sys, ""), DeviceAccess.READ_ONLY);
  }

  /** Any user may mount with any source. */
  @Test
  void aFuseMountOfAnotherUserHoldsUpNobody() throws IOException {
    Path sys = sysfs("host-managed", 16, 131072, 8, 12);
    for (String type : List.of("fuse.sshfs", "fuse")) {
      assertThat(facts(sys, fuseMount("/home/u/x", type, uid() + 1)).users()).isEmpty();
      assertThat(facts(sys, fuseMount("/home/u/x", type, uid())).users()).hasSize(1);
    }
    assertThat(facts(sys, "30 1 0:41 / /x rw - fuse /dev/zoned rw\n").users()).isEmpty();
    // A filesystem on a block device has its number, which no user chooses.
    assertThat(facts(sys, "30 1 259:5 / /x rw - fuseblk /dev/zoned rw,user_id=1000\n").users())
        .containsExactly("mounted at /x");
  }

  @Test
  void aDriveThatIsSwapSpaceIsRefused() throws IOException {
    Path sys = sysfs("host-managed", 16, 131072, 8, 12);
    Files.createDirectories(directory.resolve("proc"));
    Files.write(
        directory.resolve("proc/swaps"),
        "Filename\tType\n/swap\u00e4 file\n/dev/zoned partition 1 0 -2\n"
            .getBytes(StandardCharsets.ISO_8859_1));
    assertUnusable(facts(sys, ""), "used as swap space");
  }

  private int uid() throws IOException {
    return (Integer) Files.getAttribute(directory, "unix:uid");
  }

  private static String fuseMount(String at, String type, int uid) {
    return "30 1 0:41 / "
        + at
        + " rw - "
        + type
        + " /dev/zoned rw,user_id="
        + uid
        + ",group_id=0\n";
  }

  @Test
  void aPartitionIsRefused() throws IOException {
    Path sys = sysfs("host-managed", 16, 131072, 8, 12);
    Path partition = sys.resolve("dev/block/259:5/part1");
    Files.createDirectories(partition);
    Files.writeString(partition.resolve("partition"), "1\n");
    Files.writeString(partition.resolve("size"), "100\n");
    Files.createSymbolicLink(sys.resolve("dev/block/259:6"), partition);
    BlockDeviceFacts facts =
        BlockDeviceFacts.read(sys, directory.resolve("proc"), Path.of("/dev/zoned1"), 259, 6);
    assertThat(facts.partition()).isTrue();
    assertThat(facts.model()).isEqualTo(DeviceModel.HOST_MANAGED);
    assertUnusable(facts, "is a partition");
  }

  @Test
  void anUnknownDriveIsRefused() {
    assertThatThrownBy(
            () -> BlockDeviceFacts.read(directory, directory, Path.of("/dev/gone"), 1, 2))
        .isInstanceOf(BlockDeviceException.class)
        .hasMessageContaining("/dev/gone")
        .hasMessageContaining("1:2");
  }

  @Test
  void errorsOfWritesAreJudgedByTheReport() {
    ZoneDescriptor open = zone(ZoneCondition.IMPLICIT_OPEN, 8192);
    assertThat(ZoneErrors.ofWrite(109, open, 8192, 4096, 8192)).isEqualTo(Reason.TOO_MANY_OPEN);
    assertThat(ZoneErrors.ofWrite(75, open, 8192, 4096, 8192)).isEqualTo(Reason.TOO_MANY_ACTIVE);
    assertThat(ZoneErrors.ofWrite(22, open, 8192, 100, 8192)).isEqualTo(Reason.UNALIGNED);
    assertThat(ZoneErrors.ofWrite(9, open, 8192, 4096, 8192)).isEqualTo(Reason.DEVICE_READ_ONLY);
    assertThat(ZoneErrors.ofWrite(EIO, open, 8192, 4096, 8192)).isEqualTo(Reason.MEDIA);
    assertThat(ZoneErrors.ofWrite(EIO, open, 4096, 4096, 8192))
        .isEqualTo(Reason.NOT_AT_WRITE_POINTER);
    assertThat(ZoneErrors.ofWrite(EIO, open, 12288, 4096, ZoneErrors.UNKNOWN))
        .isEqualTo(Reason.NOT_AT_WRITE_POINTER);
    // Half of it was written: the pointer is in its middle.
    assertThat(ZoneErrors.ofWrite(EIO, open, 4096, 8192, ZoneErrors.UNKNOWN))
        .isEqualTo(Reason.MEDIA);
    assertThat(ZoneErrors.ofWrite(EIO, open, 8192, 2 * MIB, 8192))
        .isEqualTo(Reason.BEYOND_CAPACITY);
    ZoneDescriptor full = zone(ZoneCondition.FULL, MIB);
    assertThat(ZoneErrors.ofWrite(121, full, 4096, 4096, ZoneErrors.UNKNOWN))
        .isEqualTo(Reason.ZONE_FULL);
    assertThat(ZoneErrors.ofWrite(EIO, zone(ZoneCondition.READ_ONLY, -512), 0, 4096, 0))
        .isEqualTo(Reason.ZONE_READ_ONLY);
    assertThat(ZoneErrors.ofWrite(EIO, zone(ZoneCondition.OFFLINE, -512), 0, 4096, 0))
        .isEqualTo(Reason.ZONE_OFFLINE);
  }

  @Test
  void errorsOfTransitionsAreJudgedByTheReport() {
    assertThat(ZoneErrors.ofTransition(EIO, zone(ZoneCondition.FULL, MIB)))
        .isEqualTo(Reason.ZONE_FULL);
    assertThat(ZoneErrors.ofTransition(109, zone(ZoneCondition.CLOSED, 4096)))
        .isEqualTo(Reason.TOO_MANY_OPEN);
    assertThat(ZoneErrors.ofTransition(EIO, zone(ZoneCondition.OFFLINE, -512)))
        .isEqualTo(Reason.ZONE_OFFLINE);
    assertThat(ZoneErrors.ofTransition(EIO, zone(ZoneCondition.CLOSED, 4096)))
        .isEqualTo(Reason.MEDIA);
    ZoneDescriptor conventional =
        new ZoneDescriptor(
            0, ZoneType.CONVENTIONAL, ZoneCondition.NOT_WRITE_POINTER, 0, MIB, MIB, -512);
    assertThat(ZoneErrors.ofTransition(121, conventional)).isEqualTo(Reason.INVALID_TRANSITION);
  }

  private static ZoneDescriptor zone(ZoneCondition condition, long pointerBytes) {
    return new ZoneDescriptor(
        0, ZoneType.SEQUENTIAL_REQUIRED, condition, 0, 2 * MIB, MIB, pointerBytes);
  }

  private static void assertUnusable(BlockDeviceFacts facts, String words) {
    assertThatThrownBy(
            () ->
                BlockZonedDevice.checkUsable(Path.of("/dev/zoned"), facts, DeviceAccess.READ_WRITE))
        .isInstanceOf(BlockDeviceException.class)
        .hasMessageContaining(words);
  }

  private BlockDeviceFacts facts(Path sys, String mountinfo) throws IOException {
    Path proc = directory.resolve("proc");
    Files.createDirectories(proc.resolve("self"));
    Files.writeString(proc.resolve("self/mountinfo"), mountinfo);
    return BlockDeviceFacts.read(sys, proc, Path.of("/dev/zoned"), 259, 5);
  }

  private Path sysfs(String zoned, int zones, int chunkSectors, int open, int active)
      throws IOException {
    Path sys = directory.resolve("sys");
    Path device = sys.resolve("dev/block/259:5");
    Path queue = device.resolve("queue");
    Files.createDirectories(queue);
    Files.writeString(device.resolve("size"), "2097152\n");
    Files.writeString(queue.resolve("zoned"), zoned + "\n");
    Files.writeString(queue.resolve("nr_zones"), zones + "\n");
    Files.writeString(queue.resolve("chunk_sectors"), chunkSectors + "\n");
    Files.writeString(queue.resolve("logical_block_size"), "512\n");
    Files.writeString(queue.resolve("zone_write_granularity"), "4096\n");
    Files.writeString(queue.resolve("max_open_zones"), open + "\n");
    Files.writeString(queue.resolve("max_active_zones"), active + "\n");
    return sys;
  }
}
