// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import zonefsj.device.ByteSize;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.cli.drive.DriveOpener;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.options.MountOptions;

/**
 * The memory of a daemon. Data that wait to be written are on the heap (small pieces) and outside
 * it (large pieces), in a proportion that applications decide. One half of the caches is on the
 * heap, the other half belongs to RocksDB.
 *
 * @param heapBytes limit of the Java heap
 * @param directBytes limit of Java's memory outside the heap
 */
public record DaemonMemory(long heapBytes, long directBytes) {
  private static final long BASE_HEAP_BYTES = 160L << 20;

  /** The heap of every command. */
  private static final long USUAL_HEAP_BYTES = 256L << 20;

  private static final int HEAP_BEYOND_LIMIT = 25;

  private static final long BASE_DIRECT_BYTES = 256L << 20;

  /** Memory outside the heap of every command. */
  private static final long USUAL_DIRECT_BYTES = 512L << 20;

  private static final Path MEMORY = Path.of("/proc/meminfo");

  /** The memory that a mount needs. */
  static DaemonMemory of(MountRequest request) throws DeviceSpecException {
    DaemonMemory memory = of(request.options(), DriveOpener.bytesInMemory(request.spec()));
    return new DaemonMemory(
        memory.heapBytes, memory.directBytes + DriveOpener.directBytesInMemory(request.spec()));
  }

  /**
   * Refuses another limit of changes in memory for which this process was not started. Lowering it
   * is never refused.
   */
  static void checkLive(MountRequest request, long dirtyBytes) throws IOException {
    long more = dirtyBytes - request.options().dirtyBytes();
    if (more <= 0) {
      return;
    }
    long heap = Runtime.getRuntime().maxMemory();
    DaemonMemory before = of(request);
    // What the collector of the heap keeps for itself is not in the number.
    if (dirtyBytes > heap
        || before.heapBytes + more > heap + heap / HEAP_BEYOND_LIMIT
        || before.directBytes + more > directLimitBytes()) {
      throw new UserError(
          "dirty="
              + ByteSize.format(dirtyBytes)
              + " needs more memory than this mount was started with ("
              + ByteSize.approximate(heap)
              + " of heap): unmount it, and mount it with -o dirty="
              + ByteSize.format(dirtyBytes));
    }
  }

  /**
   * The memory that a mount needs.
   *
   * @param driveBytes what the drive keeps on the heap: a drive in memory, what a cache knows of
   *     its lines
   */
  public static DaemonMemory of(MountOptions options, long driveBytes) {
    return new DaemonMemory(
        BASE_HEAP_BYTES
            + options.cacheBytes() / 2
            + options.dirtyBytes()
            // Long-lived data may take two thirds of the heap.
            + driveBytes / 2 * 3,
        BASE_DIRECT_BYTES + options.dirtyBytes());
  }

  /**
   * Java options, if the mount needs other limits than those of every command, which they never
   * lower: what is not needed for one purpose may be for another. Only here is the drive asked what
   * it needs: whether it suffices, its opening finds out.
   */
  public static List<String> javaOptionsFor(MountRequest request) throws IOException {
    MountOptions options = request.options();
    long indexBytes = DriveOpener.indexBytesInMemory(request.spec());
    DaemonMemory needed = of(request);
    DaemonMemory memory =
        new DaemonMemory(needed.heapBytes + indexBytes / 2 * 3, needed.directBytes);
    boolean usual =
        options.cacheBytes() <= VolumeOptions.DEFAULT.cacheBytes()
            && options.dirtyBytes() <= VolumeOptions.DEFAULT.dirtyBytes()
            && memory.heapBytes <= USUAL_HEAP_BYTES
            && DriveOpener.directBytesInMemory(request.spec()) == 0;
    return usual ? List.of() : memory.javaOptions();
  }

  private List<String> javaOptions() {
    return List.of(
        "-Xmx" + megabytes(Math.max(heapBytes, USUAL_HEAP_BYTES)),
        "-XX:MaxDirectMemorySize=" + megabytes(Math.max(directBytes, USUAL_DIRECT_BYTES)));
  }

  private static String megabytes(long bytes) {
    return ((bytes + (1 << 20) - 1) >> 20) + "m";
  }

  /** Refuses a mount for which this machine has too little memory. */
  public static void checkMachine(MountRequest request) throws IOException {
    MountOptions options = request.options();
    long driveBytes =
        DriveOpener.bytesInMemory(request.spec()) + DriveOpener.directBytesInMemory(request.spec());
    long total =
        Files.readAllLines(MEMORY).stream()
            .filter(line -> line.matches("MemTotal: +[0-9]{1,15} kB"))
            .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
            .findFirst()
            .orElse(Long.MAX_VALUE);
    if (driveBytes > total / 3) {
      throw new UserError(
          request.spec()
              + ": a drive with "
              + ByteSize.approximate(driveBytes)
              + " in memory does not leave enough of this machine's memory ("
              + ByteSize.approximate(total)
              + "): make it or its cache smaller, or an image file with zonefs-j create");
    }
    // Checks each value alone first: the sum of two large values could overflow.
    if (options.cacheBytes() > total / 2
        || options.dirtyBytes() > total / 2
        || options.cacheBytes() + options.dirtyBytes() > total / 2) {
      throw new UserError(
          "cache="
              + ByteSize.format(options.cacheBytes())
              + " and dirty="
              + ByteSize.format(options.dirtyBytes())
              + " are more than half of this machine's memory ("
              + ByteSize.approximate(total)
              + "): give less");
    }
  }

  private static long directLimitBytes() {
    HotSpotDiagnosticMXBean machine =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    long limit = Long.parseLong(machine.getVMOption("MaxDirectMemorySize").getValue());
    // 0 means as much as the heap.
    return limit == 0 ? Runtime.getRuntime().maxMemory() : limit;
  }

  /** Refuses to mount if the limits of this process are too low. */
  void checkProcess() throws UserError {
    long heap = Runtime.getRuntime().maxMemory();
    long direct = directLimitBytes();
    // Depending on the collector, this number omits a part of the heap; and the buffers of reads
    // and of staging are seldom all needed at once.
    if (heap < heapBytes - heapBytes / 8 || direct < directBytes - directBytes / 4) {
      throw new UserError(
          "cache=, dirty= or the drive need more memory than this process may use ("
              + ByteSize.approximate(heap)
              + " on the heap, "
              + ByteSize.approximate(direct)
              + " outside it): set ZONEFSJ_JAVA_OPTS='"
              + String.join(" ", javaOptions())
              + "', or give less");
    }
  }
}
