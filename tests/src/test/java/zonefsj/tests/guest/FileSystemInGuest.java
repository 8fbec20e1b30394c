// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.tests.fixture.ClassPaths;

/** The whole filesystem on real drives, by its commands: made, mounted, filled, checked. */
class FileSystemInGuest {
  private static final int MIB = 1 << 20;
  private static final int ZONES = 48;
  private static final int LIMIT = 14;
  private static final int CONVENTIONAL = 2;
  private static final int FIRST_NUMBER = 80;
  private static final int FILES = 40;
  private static final int FILE_BYTES = 50_000;

  /** A mount takes a second here and half a minute in the guest of a busy machine. */
  private static final long PATIENCE_MINUTES = 5;

  /** The first check writes it: to read classes anew is a third of the time of a command here. */
  private static final Path CLASSES = Path.of("/run/classes.jsa");

  private static final Map<String, String> CONDITIONS =
      Map.of(
          "0", "not-write-pointer",
          "1", "empty",
          "2", "implicit-open",
          "3", "explicit-open",
          "4", "closed",
          "14", "full");

  private static final Pattern KERNELS =
      Pattern.compile(
          "start: 0x(\\w+), len 0x(\\w+), cap 0x(\\w+), wptr 0x(\\w+) .*zcond: ?(\\d+)\\(.*");
  private static final Pattern OURS =
      Pattern.compile(
          "\"condition\": \"(.*?)\",\\s*\"start\": (\\d+),\\s*\"size\": (\\d+),"
              + "\\s*\"capacity\": (\\d+)(?:,\\s*\"write_pointer\": (\\d+))?");

  @Test
  void onZns() throws Exception {
    liveThrough(new NvmeDrives().find(zns()));
  }

  @Test
  void onShingledRecording() throws Exception {
    liveThrough(new ScsiDebugDrives().find(shingled()));
  }

  @Test
  void onAShorterLastZone() throws Exception {
    Path configuration = NullBlkDrives.configuration(FIRST_NUMBER);
    try {
      liveThrough(NullBlkDrives.make(part(ZONES * 2L * MIB - MIB), configuration));
    } finally {
      NullBlkDrives.removeIfMade(configuration);
    }
  }

  /** Two drives put together. */
  @Test
  void onConventionalZonesInTheMiddle() throws Exception {
    Path first = NullBlkDrives.configuration(FIRST_NUMBER);
    Path second = NullBlkDrives.configuration(FIRST_NUMBER + 1);
    EmulatedGeometry half = part(ZONES / 2 * 2L * MIB);
    long sectors = half.sizeBytes() / 512;
    try {
      Path one = NullBlkDrives.make(half, first);
      Path two = NullBlkDrives.make(half, second);
      try (MappedDrive together =
          MappedDrive.of(
              "two",
              "0 " + sectors + " linear " + one + " 0",
              sectors + " " + sectors + " linear " + two + " 0")) {
        liveThrough(together.node());
      }
    } finally {
      NullBlkDrives.removeIfMade(second);
      NullBlkDrives.removeIfMade(first);
    }
  }

  static EmulatedGeometry zns() {
    return geometry(MIB * 3 / 2, 0, OptionalInt.of(LIMIT), OptionalInt.of(LIMIT));
  }

  static EmulatedGeometry shingled() {
    return geometry(MIB, CONVENTIONAL, OptionalInt.of(LIMIT), OptionalInt.empty());
  }

  private static EmulatedGeometry part(long sizeBytes) {
    return EmulatedGeometry.builder(sizeBytes)
        .zoneSizeBytes(2L * MIB)
        .conventionalZones(CONVENTIONAL)
        // The device mapper of older kernels does not pass limits on.
        .maxOpenZones(OptionalInt.empty())
        .maxActiveZones(OptionalInt.empty())
        .build();
  }

  private static EmulatedGeometry geometry(
      long capacityBytes, int conventional, OptionalInt open, OptionalInt active) {
    return EmulatedGeometry.builder(ZONES * 2L * MIB)
        .zoneSizeBytes(2L * MIB)
        .zoneCapacityBytes(capacityBytes)
        .conventionalZones(conventional)
        .maxOpenZones(open)
        .maxActiveZones(active)
        .build();
  }

  private static void liveThrough(Path node) throws Exception {
    Path place = Files.createTempDirectory("zonefs-j-guest");
    Path tree = tree(place.resolve("tree"));
    Path mount = Files.createDirectory(place.resolve("mount"));
    zonefs("mkfs", node.toString());
    assertReportsAgree(node);
    Process daemon = mount(node, mount, place.resolve("log"));
    try {
      Guest.run("cp", "-a", tree.toString(), mount.resolve("copy").toString());
      Guest.run("diff", "-r", tree.toString(), mount.resolve("copy").toString());
      Files.delete(mount.resolve("copy/0"));
      Guest.run("sync", "-f", mount.toString());
      Guest.run("umount", mount.toString());
      assertThat(daemon.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)).as("the daemon ends").isTrue();
    } finally {
      daemon.destroyForcibly();
    }
    assertThat(daemon.waitFor()).as(Files.readString(place.resolve("log"))).isZero();
    zonefs("fsck", node.toString());
    assertReportsAgree(node);
    daemon = mount(node, mount, place.resolve("log"));
    try {
      Files.delete(tree.resolve("0"));
      Guest.run("diff", "-r", tree.toString(), mount.resolve("copy").toString());
      Guest.run("umount", mount.toString());
      assertThat(daemon.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)).as("the daemon ends").isTrue();
    } finally {
      daemon.destroyForcibly();
    }
  }

  private static Path tree(Path root) throws IOException {
    Files.createDirectory(root);
    for (int i = 0; i < FILES; i++) {
      byte[] bytes = new byte[i * FILE_BYTES / FILES];
      new SplittableRandom(i).nextBytes(bytes);
      Files.write(root.resolve(Integer.toString(i)), bytes);
    }
    Files.createSymbolicLink(root.resolve("link"), Path.of("7"));
    return root;
  }

  static Process mount(Path node, Path directory, Path log)
      throws IOException, InterruptedException {
    List<String> command = command("mount", node.toString(), directory.toString(), "-f");
    Process daemon =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    long begin = System.nanoTime();
    while (!Files.readString(Path.of("/proc/self/mountinfo")).contains(" " + directory + " ")) {
      boolean late = System.nanoTime() - begin > TimeUnit.MINUTES.toNanos(PATIENCE_MINUTES);
      if (late || !daemon.isAlive()) {
        daemon.destroyForcibly().waitFor();
        throw new IOException("no mount: " + Files.readString(log));
      }
      Thread.sleep(50);
    }
    return daemon;
  }

  /** What {@code zonefs-j zones} prints is what the kernel's own tool prints. */
  private static void assertReportsAgree(Path node) throws IOException {
    List<String> wanted = new ArrayList<>();
    Matcher kernels = KERNELS.matcher(Guest.run("blkzone", "report", node.toString()));
    while (kernels.find()) {
      String condition = CONDITIONS.getOrDefault(kernels.group(5), kernels.group(5));
      wanted.add(
          line(
              condition,
              bytes(kernels.group(1)),
              bytes(kernels.group(2)),
              bytes(kernels.group(3)),
              bytes(kernels.group(1)) + bytes(kernels.group(4))));
    }
    List<String> found = new ArrayList<>();
    Matcher ours = OURS.matcher(zonefs("zones", node.toString(), "--json"));
    while (ours.find()) {
      found.add(
          line(
              ours.group(1),
              Long.parseLong(ours.group(2)),
              Long.parseLong(ours.group(3)),
              Long.parseLong(ours.group(4)),
              ours.group(5) == null ? -1 : Long.parseLong(ours.group(5))));
    }
    assertThat(wanted).hasSize(ZONES);
    assertThat(found).isEqualTo(wanted);
    assertThat(found).anyMatch(line -> line.contains("open") || line.contains("full"));
  }

  /** Without the pointer where drivers differ in it: full and conventional zones. */
  private static String line(String condition, long start, long size, long capacity, long at) {
    boolean pointed = !condition.equals("full") && !condition.equals("not-write-pointer");
    return String.format(
        Locale.ROOT, "%s %d %d %d %d", condition, start, size, capacity, pointed ? at : -1);
  }

  private static long bytes(String sectors) {
    return Long.parseLong(sectors, 16) * 512;
  }

  static String zonefs(String... arguments) throws IOException {
    return Guest.run(command(arguments).toArray(String[]::new));
  }

  /** Classes of directories cannot be shared. */
  private static String jars() {
    return ClassPaths.argument(
        ClassPaths.withoutServers().stream()
            .filter(entry -> entry.toString().endsWith(".jar"))
            .toList());
  }

  private static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.addAll(
        List.of(
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--add-opens=java.base/java.io=ALL-UNNAMED",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "-Xlog:cds=error"));
    if (Files.exists(CLASSES)) {
      command.add("-XX:SharedArchiveFile=" + CLASSES);
    } else if (arguments[0].equals("fsck")) {
      command.add("-XX:ArchiveClassesAtExit=" + CLASSES);
    }
    command.addAll(List.of("-cp", jars(), "zonefsj.fs.cli.Main"));
    command.addAll(List.of(arguments));
    return command;
  }
}
