// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.ImageFile;
import zonefsj.fs.Caller;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.Volume;

/**
 * How long a mount takes on a drive with many files: with its index, without it, and after a crash;
 * and how much memory the daemon takes for that. What is mounted is counted, so that the figures
 * are those of a mount that is right.
 */
public final class RebuildBench {
  private static final long FILES_BY_DEFAULT = 1_000_000;
  private static final int FILES_A_DIRECTORY = 1000;

  /** One file of so many has data in a zone, the others in the index. */
  private static final int LARGE_EVERY = 10;

  private static final byte[] SMALL = new byte[100];
  private static final byte[] LARGE = new byte[3000];

  private final Sandbox sandbox = new Sandbox(false);
  private final PrintStream out;

  private RebuildBench(PrintStream out) {
    this.out = out;
  }

  /**
   * Measures.
   *
   * @param files how many; 1 stands for a million
   * @return 0: whatever is wrong is thrown
   */
  public static long run(long files, PrintStream out) throws Exception {
    new RebuildBench(out).measure(files <= 1 ? FILES_BY_DEFAULT : files);
    return 0;
  }

  private void measure(long files) throws Exception {
    sandbox.open();
    try {
      String image = sandbox.image().toString();
      sandbox.zonefsj("create", image, "--size", "16G", "--zone-size", "64M").orFail();
      sandbox.zonefsj("mkfs", image).orFail();
      long begin = System.nanoTime();
      fill(files);
      say("made", files, begin, 0);
      mountAndCount("mounted with its index", files);
      sandbox.umount();
      sandbox.run(List.of("rm", "-rf", sandbox.index().toString())).orFail();
      mountAndCount("mounted without an index", files);
      Files.writeString(sandbox.mountPoint().resolve("d0/f0"), "changed");
      sandbox.zonefsj("sync", sandbox.mountPoint().toString()).orFail();
      sandbox.killDaemon();
      sandbox.zonefsj("umount", sandbox.mountPoint().toString()).orFail();
      mountAndCount("mounted after a crash", files);
      sandbox.umount();
    } finally {
      sandbox.close();
    }
  }

  private void fill(long files) throws Exception {
    VolumeOptions defaults = VolumeOptions.DEFAULT;
    VolumeOptions options =
        new VolumeOptions(
            false,
            defaults.commitInterval(),
            sandbox.index(),
            defaults.cacheBytes(),
            defaults.dirtyBytes(),
            defaults.accessTimes(),
            defaults.errors(),
            defaults.gc(),
            defaults.zones());
    try (ZonedDevice device = ImageFile.open(sandbox.image(), DeviceAccess.READ_WRITE);
        Volume volume = Volume.mount(device, options, ProgressListener.NONE)) {
      ZoneFileSystem target = volume.fileSystem();
      long directory = 0;
      for (long file = 0; file < files; file++) {
        if (file % FILES_A_DIRECTORY == 0) {
          byte[] name = name("d" + file / FILES_A_DIRECTORY);
          directory =
              target.makeDirectory(Caller.ROOT, ZoneFileSystem.ROOT_INODE, name, 0755).inode();
        }
        long handle =
            target
                .create(
                    Caller.ROOT,
                    directory,
                    name("f" + file % FILES_A_DIRECTORY),
                    0644,
                    OpenFlags.READ_WRITE)
                .handle();
        target.write(handle, 0, ByteBuffer.wrap(file % LARGE_EVERY == 0 ? LARGE : SMALL), false);
        target.release(handle);
      }
    }
  }

  private static byte[] name(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private void mountAndCount(String what, long files) throws Exception {
    long begin = System.nanoTime();
    sandbox.mount();
    say(what, files, begin, peakBytes());
    String count = sandbox.run(List.of("bash", "-c", "find mnt -type f | wc -l")).orFail().trim();
    assertThat(count).isEqualTo(Long.toString(files));
  }

  /** Most memory that the daemon had resident so far. */
  private long peakBytes() throws IOException {
    long pid = sandbox.daemons().get(0).pid();
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    throw new AssertionError("no VmHWM of process " + pid);
  }

  private void say(String what, long files, long beginNanos, long peakBytes) {
    double seconds = (System.nanoTime() - beginNanos) / 1e9;
    out.printf(
        Locale.ROOT,
        "%-26s %,d files in %.1f s, %,.0f files/s%s%n",
        what,
        files,
        seconds,
        files / seconds,
        peakBytes == 0 ? "" : String.format(Locale.ROOT, ", %d MiB at most", peakBytes >> 20));
  }
}
