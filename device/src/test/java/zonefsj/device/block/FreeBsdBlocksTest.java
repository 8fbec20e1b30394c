// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceModel;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;

/** What can be proven without FreeBSD: numbers, structures, and a kernel that answers by them. */
final class FreeBsdBlocksTest {
  private static final long MIB = 1 << 20;
  private static final int BLOCK = 4096;
  private static final int ZONES = 5000;
  private static final int ZONE_BLOCKS = 1 << 16;

  /** Zones 1 to 3 as a little-endian machine lays them out: full, implicitly open, conventional. */
  private static final String GOLDEN_ENTRIES =
      """
      020e000000000000 0000010000000000 0000010000000000 ffffffffffffffff
      0000000000000000 0000000000000000 0000000000000000 0000000000000000
      0202000000000000 0000010000000000 0000020000000000 0001020000000000
      0000000000000000 0000000000000000 0000000000000000 0000000000000000
      0100000000000000 0000010000000000 0000030000000000 ffffffffffffffff
      0000000000000000 0000000000000000 0000000000000000 0000000000000000
      """;

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.capacity()];
    buffer.get(0, bytes);
    return bytes;
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
  }

  /** Of sys/ioccom.h: direction, length, group 'd', number. */
  private static long number(long direction, int length, int number) {
    return direction | ((long) length << 16) | ('d' << 8) | number;
  }

  @Test
  void numbersAreThoseOfTheMacros() {
    long out = 0x40000000L;
    long in = 0x80000000L;
    assertThat(FreeBsdBlocks.DIOCGSECTORSIZE).isEqualTo(number(out, 4, 128));
    assertThat(FreeBsdBlocks.DIOCGMEDIASIZE).isEqualTo(number(out, 8, 129));
    assertThat(FreeBsdBlocks.DIOCGFLUSH).isEqualTo(number(0x20000000L, 0, 135));
    assertThat(FreeBsdBlocks.DIOCZONECMD).isEqualTo(number(in | out, DiskZoneArgs.BYTES, 143));
  }

  @Test
  void requestsAreWritten() {
    String rest = "00".repeat(112);
    assertThat(bytes(DiskZoneArgs.request(ZoneRequest.OPEN, 0x20000)))
        .isEqualTo(hex("0000000000000000 0000020000000000" + rest));
    assertThat(bytes(DiskZoneArgs.request(ZoneRequest.CLOSE, 0x20000)))
        .isEqualTo(hex("0100000000000000 0000020000000000" + rest));
    assertThat(bytes(DiskZoneArgs.request(ZoneRequest.FINISH, 1)))
        .isEqualTo(hex("0200000000000000 0100000000000000" + rest));
    assertThat(bytes(DiskZoneArgs.request(ZoneRequest.RESET, 0x30000)))
        .isEqualTo(hex("0400000000000000 0000030000000000" + rest));
    assertThat(bytes(DiskZoneArgs.parameters()))
        .isEqualTo(hex("0500000000000000" + "00".repeat(120)));
    assertThat(bytes(DiskZoneArgs.report(0x20000, 3, 0x1122334455667788L)))
        .isEqualTo(
            hex(
                "0300000000000000 0000020000000000"
                    + "00".repeat(88)
                    + "03000000 00000000 00000000 00000000 8877665544332211"));
  }

  private static ByteBuffer answer(int filled) {
    return DiskZoneArgs.report(0x10000, 3, 0).putInt(108, filled).putInt(112, 9);
  }

  private static ByteBuffer entries() {
    byte[] golden = hex(GOLDEN_ENTRIES);
    return ByteBuffer.allocateDirect(golden.length).put(golden);
  }

  @Test
  void reportsAreRead() throws IOException {
    assertThat(DiskZoneArgs.available(answer(3))).isEqualTo(9);
    assertThat(DiskZoneArgs.zones(answer(3), entries(), 1, BLOCK))
        .containsExactly(
            new ZoneDescriptor(
                1,
                ZoneType.SEQUENTIAL_REQUIRED,
                ZoneCondition.FULL,
                256 * MIB,
                256 * MIB,
                256 * MIB,
                512 * MIB),
            new ZoneDescriptor(
                2,
                ZoneType.SEQUENTIAL_REQUIRED,
                ZoneCondition.IMPLICIT_OPEN,
                512 * MIB,
                256 * MIB,
                256 * MIB,
                513 * MIB),
            new ZoneDescriptor(
                3,
                ZoneType.CONVENTIONAL,
                ZoneCondition.NOT_WRITE_POINTER,
                768 * MIB,
                256 * MIB,
                256 * MIB,
                -BLOCK));
  }

  @Test
  void strangeReportsAreRefused() {
    assertThatThrownBy(() -> DiskZoneArgs.zones(answer(4), entries(), 1, BLOCK))
        .isInstanceOf(BlockDeviceException.class);
    assertThatThrownBy(() -> DiskZoneArgs.zones(answer(3), entries().put(64, (byte) 9), 1, BLOCK))
        .isInstanceOf(BlockDeviceException.class)
        .hasMessageContaining("zone 2")
        .hasMessageContaining("type");
    assertThatThrownBy(() -> DiskZoneArgs.zones(answer(3), entries().put(129, (byte) 5), 1, BLOCK))
        .isInstanceOf(BlockDeviceException.class)
        .hasMessageContaining("zone 3")
        .hasMessageContaining("condition");
  }

  /** A kernel with one drive, which fills at most as many entries as asked, and 700. */
  private static final class OneDrive implements FreeBsdBlocks.Kernel {
    final List<Long> reports = new ArrayList<>();
    private final int mode;

    OneDrive(int mode) {
      this.mode = mode;
    }

    @Override
    public void ioctl(String name, long request, ByteBuffer argument) throws IOException {
      argument.order(ByteOrder.LITTLE_ENDIAN);
      if (request == FreeBsdBlocks.DIOCGSECTORSIZE) {
        argument.putInt(0, BLOCK);
      } else if (request == FreeBsdBlocks.DIOCGMEDIASIZE) {
        argument.putLong(0, (long) ZONES * ZONE_BLOCKS * BLOCK);
      } else if (mode < 0) {
        throw new NativeException(name, 25);
      } else if (argument.get(0) == 5) {
        argument.putInt(8, mode).putLong(16, 0x1f8).putLong(40, 128);
      } else {
        report(argument);
      }
    }

    private void report(ByteBuffer args) {
      long first = args.getLong(8) / ZONE_BLOCKS;
      int count = (int) Math.min(Math.min(700, args.getInt(104)), ZONES - first);
      reports.add(first);
      Pointer entries = new Pointer(args.getLong(120));
      for (int i = 0; i < count; i++) {
        long at = (long) i * DiskZoneArgs.ENTRY_BYTES;
        entries.setByte(at, (byte) 2);
        entries.setByte(at + 1, (byte) 1);
        entries.setLong(at + 8, ZONE_BLOCKS);
        entries.setLong(at + 16, (first + i) * ZONE_BLOCKS);
        entries.setLong(at + 24, (first + i) * ZONE_BLOCKS);
      }
      args.putInt(108, count).putInt(112, (int) (ZONES - first));
    }
  }

  @Test
  void factsComeFromTheKernel() throws IOException {
    BlockDeviceFacts facts = FreeBsdBlocks.facts(new OneDrive(4));
    assertThat(facts.model()).isEqualTo(DeviceModel.HOST_MANAGED);
    assertThat(facts.blockSizeBytes()).isEqualTo(BLOCK);
    assertThat(facts.zoneCount()).isEqualTo(ZONES);
    assertThat(facts.zoneSizeBytes()).isEqualTo(256 * MIB);
    assertThat(facts.sizeBytes()).isEqualTo(ZONES * 256 * MIB);
    assertThat(facts.maxOpenZones()).isEqualTo(OptionalInt.of(128));
    assertThat(FreeBsdBlocks.facts(new OneDrive(1)).model()).isEqualTo(DeviceModel.HOST_AWARE);
    assertThat(FreeBsdBlocks.facts(new OneDrive(2)).model()).isEqualTo(DeviceModel.NONE);
    assertThat(FreeBsdBlocks.facts(new OneDrive(-1)).zoneCount()).isZero();
  }

  @Test
  void longReportsComeInPieces() throws IOException {
    OneDrive drive = new OneDrive(4);
    List<ZoneDescriptor> zones = FreeBsdBlocks.report(drive, 3, 1500, 256 * MIB);
    assertThat(zones).hasSize(1500).allMatch(zone -> zone.condition() == ZoneCondition.EMPTY);
    assertThat(zones).extracting(ZoneDescriptor::index).startsWith(3, 4).endsWith(1501, 1502);
    assertThat(drive.reports).containsExactly(3L, 703L, 1403L);
    assertThatThrownBy(() -> FreeBsdBlocks.report(drive, ZONES - 1, 2, 256 * MIB))
        .hasMessageContaining("the report ends before zone 5000");
  }

  @Test
  void flagsAndErrorsAreTranslated() {
    BlockSystem system = BlockSystem.FREE_BSD;
    assertThat(system.openFlags(BlockLibc.O_RDWR | BlockLibc.O_CLOEXEC | BlockLibc.O_EXCL))
        .isEqualTo(0x100802);
    assertThat(system.openFlags(BlockLibc.O_CREAT | BlockLibc.O_NONBLOCK)).isEqualTo(0x204);
    assertThat(system.openFlags(BlockLibc.directFlag())).isEqualTo(0x10000);
    assertThat(system.errno(5)).isEqualTo(BlockLibc.EIO);
    assertThat(system.errno(35)).isEqualTo(BlockLibc.EWOULDBLOCK);
    assertThat(system.errno(59)).isEqualTo(BlockLibc.ETOOMANYREFS);
    assertThat(system.errno(84)).isEqualTo(BlockLibc.EOVERFLOW);
    assertThat(system.isDrive(0020640)).isTrue();
    assertThat(system.isDrive(0060640)).isFalse();
  }

  @Test
  void theSystemIsChosenByItsName() {
    assertThat(BlockSystem.named("FreeBSD")).isSameAs(BlockSystem.FREE_BSD);
    assertThat(BlockSystem.named("Linux")).isSameAs(BlockSystem.LINUX);
    assertThat(BlockSystem.current()).isSameAs(BlockSystem.LINUX);
    assertThatThrownBy(() -> BlockSystem.named("SunOS"))
        .hasMessage("drives of SunOS are not known; use Linux, or FreeBSD");
  }
}
