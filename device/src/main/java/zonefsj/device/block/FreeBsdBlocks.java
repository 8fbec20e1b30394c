// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import zonefsj.device.DeviceModel;
import zonefsj.device.ZoneDescriptor;

/**
 * Disks of FreeBSD, which are character devices. Written from the published definitions ({@code
 * sys/disk.h}, {@code sys/disk_zone.h}, {@code sys/fcntl.h}, {@code sys/errno.h}), and never run
 * there. Who else uses a drive is not known: only locks keep two programs apart.
 *
 * <p>Stateless and thread-safe.
 */
final class FreeBsdBlocks implements BlockSystem {
  static final long DIOCGSECTORSIZE = 0x40046480L;
  static final long DIOCGMEDIASIZE = 0x40086481L;
  static final long DIOCGFLUSH = 0x20006487L;
  static final long DIOCZONECMD = 0xC080648FL;

  private static final String ZONE_COMMAND = "DIOCZONECMD";
  private static final int CHARACTER_DEVICE_MODE = 0020000;
  private static final int FILE_TYPE_MASK = 0170000;

  /** The kernel splits longer writes on every supported version. */
  private static final int REQUEST_BYTES = 128 << 10;

  /** The kernel holds that many entries of a report in memory. */
  private static final int MAX_ENTRIES = REQUEST_BYTES / DiskZoneArgs.ENTRY_BYTES;

  private static final int[][] OPEN_FLAGS = {
    {BlockLibc.O_CREAT, 0x200},
    {BlockLibc.O_EXCL, 0x800},
    {BlockLibc.O_NONBLOCK, 0x4},
    {BlockLibc.O_CLOEXEC, 0x100000},
    {BlockLibc.directFlag(), 0x10000}
  };

  /** A request to the kernel, as {@link NativeFile#ioctl}. */
  @FunctionalInterface
  interface Kernel {
    void ioctl(String name, long request, ByteBuffer argument) throws IOException;
  }

  @Override
  public boolean isDrive(int mode) {
    return (mode & FILE_TYPE_MASK) == CHARACTER_DEVICE_MODE;
  }

  @Override
  public BlockDeviceFacts facts(Path path) throws IOException {
    try (NativeFile file = NativeFile.open(path, EnumSet.noneOf(NativeFile.Option.class))) {
      return facts(file::ioctl);
    } catch (NativeException e) {
      throw new BlockDeviceException(
          path + ": the kernel does not tell what drive this is: " + e.getMessage(), e);
    }
  }

  /** As above, from any kernel, for tests. */
  static BlockDeviceFacts facts(Kernel kernel) throws IOException {
    int blockBytes = blockBytes(kernel);
    ByteBuffer size = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
    kernel.ioctl("DIOCGMEDIASIZE", DIOCGMEDIASIZE, size);
    ByteBuffer parameters = DiskZoneArgs.parameters();
    DeviceModel model = DeviceModel.NONE;
    try {
      kernel.ioctl(ZONE_COMMAND, DIOCZONECMD, parameters);
      model = DiskZoneArgs.model(parameters);
    } catch (NativeException unknown) {
      if (unknown.isShortage() || unknown.isForbidden()) {
        throw unknown;
      }
      // A drive without zones refuses the command.
    }
    int zones = 0;
    long zoneBytes = 0;
    if (model != DeviceModel.NONE) {
      Report first = report(kernel, 0, 0, 1, blockBytes);
      zones = first.available();
      zoneBytes = first.zones().isEmpty() ? 0 : first.zones().get(0).sizeBytes();
    }
    return new BlockDeviceFacts(
        model,
        blockBytes,
        zones,
        zoneBytes,
        size.getLong(0),
        DiskZoneArgs.maxOpenZones(parameters),
        OptionalInt.empty(),
        REQUEST_BYTES,
        false,
        false,
        List.of());
  }

  private static int blockBytes(Kernel kernel) throws IOException {
    ByteBuffer size = ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder());
    kernel.ioctl("DIOCGSECTORSIZE", DIOCGSECTORSIZE, size);
    return size.getInt(0);
  }

  @Override
  public List<ZoneDescriptor> report(NativeFile file, int from, int count, long zoneSizeBytes)
      throws IOException {
    return report(file::ioctl, from, count, zoneSizeBytes);
  }

  /** As above, from any kernel, for tests. */
  static List<ZoneDescriptor> report(Kernel kernel, int from, int count, long zoneSizeBytes)
      throws IOException {
    int blockBytes = blockBytes(kernel);
    List<ZoneDescriptor> zones = new ArrayList<>(count);
    while (zones.size() < count) {
      int first = from + zones.size();
      List<ZoneDescriptor> some =
          report(kernel, first, first * zoneSizeBytes, count - zones.size(), blockBytes).zones();
      if (some.isEmpty()) {
        throw new BlockDeviceException("the report ends before zone " + first);
      }
      zones.addAll(some.subList(0, Math.min(some.size(), count - zones.size())));
    }
    return zones;
  }

  /** Zones, and how many there are from the first one on. */
  private record Report(List<ZoneDescriptor> zones, int available) {}

  private static Report report(Kernel kernel, int from, long startBytes, int count, int blockBytes)
      throws IOException {
    int room = Math.min(MAX_ENTRIES, count);
    ByteBuffer entries = ByteBuffer.allocateDirect(room * DiskZoneArgs.ENTRY_BYTES);
    long address = Pointer.nativeValue(Native.getDirectBufferPointer(entries));
    ByteBuffer args = DiskZoneArgs.report(startBytes / blockBytes, room, address);
    try {
      kernel.ioctl(ZONE_COMMAND, DIOCZONECMD, args);
      return new Report(
          DiskZoneArgs.zones(args, entries, from, blockBytes), DiskZoneArgs.available(args));
    } finally {
      Reference.reachabilityFence(entries);
    }
  }

  @Override
  public void request(NativeFile file, ZoneRequest request, ZoneDescriptor zone)
      throws IOException {
    long block = zone.startBytes() / blockBytes(file::ioctl);
    file.ioctl(ZONE_COMMAND, DIOCZONECMD, DiskZoneArgs.request(request, block));
  }

  @Override
  public void flush(NativeFile file) throws IOException {
    file.ioctl("DIOCGFLUSH", DIOCGFLUSH, ByteBuffer.allocateDirect(Long.BYTES));
  }

  @Override
  public int openFlags(int flags) {
    int own = flags & BlockLibc.O_RDWR;
    for (int[] flag : OPEN_FLAGS) {
      own |= (flags & flag[0]) != 0 ? flag[1] : 0;
    }
    return own;
  }

  @Override
  public int errno(int number) {
    return switch (number) {
      case 35 -> BlockLibc.EWOULDBLOCK;
      case 45 -> BlockLibc.EOPNOTSUPP;
      case 59 -> BlockLibc.ETOOMANYREFS;
      case 78 -> BlockLibc.ENOSYS;
      case 84 -> BlockLibc.EOVERFLOW;
      default -> number;
    };
  }
}
