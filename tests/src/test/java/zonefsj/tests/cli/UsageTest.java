// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.cli.Commands.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.ImageFile;
import zonefsj.tests.cli.Commands.Outcome;

/** Words that the command takes, and how it refuses others; nothing is mounted here. */
final class UsageTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private Path image() {
    Path image = directory.resolve("d.img");
    if (!Files.exists(image)) {
      assertThat(run("create", image, "--size", "256M").exitCode()).isZero();
    }
    return image;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "create", "mkfs", "mount", "umount", "list", "status", "info", "zones", "zone", "read",
        "write", "bench", "sync", "gc", "scrub", "grow", "eject", "shrink", "fsck", "tune", "key",
        "dump"
      })
  void everyCommandHasHelp(String command) {
    Outcome help = run(command, "--help");
    assertThat(help.exitCode()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out()).contains("Usage: zonefs-j " + command).contains("--help");
    assertThat(help.out()).doesNotContain("startup-socket");
    assertThat(run("help", command).out()).isEqualTo(help.out());
    assertThat(run("--help").out()).contains("  " + command + " ");
  }

  @Test
  void zonesThatNoRealDriveHasAreRemarked() {
    Outcome odd = run("create", directory.resolve("odd"), "--size", "70M", "--zone-size", "7M");
    assertThat(odd.exitCode()).isZero();
    assertThat(odd.err())
        .isEqualTo(
            "zonefs-j: zones of 7M: Linux knows real drives with zones of a power of two only; the"
                + " nearest are 4M and 8M\n");
    assertThat(run("create", directory.resolve("even"), "--size", "70M", "--zone-size", "8M").err())
        .isEmpty();
  }

  @Test
  void theVersionIsTold() {
    assertThat(run("--version").out()).startsWith("zonefs-j ");
    assertThat(run("-V").exitCode()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "mout, mount",
    "unmount, umount",
    "stat, status",
    "stats, status",
    "mkf, mkfs",
    "zoen, zone",
    "version, --version",
    "--hlp, --help"
  })
  void aCommandThatDoesNotExistIsNamedWithTheNearest(String wrong, String nearest) {
    assertThat(run(wrong).failure(2))
        .isEqualTo(
            "there is no command '"
                + wrong
                + "', the nearest is '"
                + nearest
                + "'; 'zonefs-j --help' shows all");
  }

  /** As commands of other tools: an attempt to mount would report a missing drive. */
  @ParameterizedTest
  @ValueSource(strings = {"unplug", "export", "snapshot", "drive.img", "-x", "unexport"})
  void aWordThatIsNoCommandAndNoFileIsNotMounted(String word) {
    assertThat(run(word, directory).failure(2)).startsWith("there is no command").contains(word);
    assertThat(run(word, directory, "-o", "ro").failure(2)).contains("--help' shows all");
  }

  /** A name that resembles none would mislead. */
  @Test
  void noNameIsNearestToAFileThatIsMissing() {
    assertThat(run("no-such.img", directory).failure(2))
        .isEqualTo("there is no command and no file 'no-such.img'; 'zonefs-j --help' shows all");
  }

  /** What can be a SPEC stays one, as mount(8) gives it. */
  @ParameterizedTest
  @ValueSource(strings = {"/nowhere/eject", "./eject", "LABEL=eject", "file:eject", "dir(eject)"})
  void aSpecInTheFirstPlaceIsMounted(String spec) {
    assertThat(run(spec, directory.resolve("none"), "-o", "commit=0x").failure(2))
        .contains("commit");
  }

  /** Two words that are no command are what mount(8) gives: a drive and a directory. */
  @ParameterizedTest
  @CsvSource({"unmount, umount", "stats, status", "scurb, scrub"})
  void aMistypedCommandIsNotTakenForADrive(String wrong, String nearest) {
    assertThat(run(wrong, directory).failure(2))
        .startsWith("there is no command '" + wrong + "', the nearest is '" + nearest + "'");
  }

  @Test
  void helpKnowsNothingOfACommandThatDoesNotExist() {
    assertThat(run("help", "stats").failure(2))
        .startsWith("there is no command 'stats', the nearest is 'status'");
  }

  @Test
  void withoutWordsThereIsTheListOfCommands() {
    Outcome usage = run();
    assertThat(usage.exitCode()).isEqualTo(2);
    assertThat(usage.out()).isEmpty();
    assertThat(usage.err()).isEqualTo(run("--help").out()).contains("  umount SPEC|DIR ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "create x|missing required option: '--size=SIZE'",
        "create --size 1G|missing required parameter: 'IMAGE'",
        "mkfs|missing required parameter: 'SPEC'",
        "mkfs a b|'b' is one argument too many",
        "create x --siz 1G|unknown option '--siz', the nearest known one is '--size'",
        "create --siz=1G|unknown option '--siz', the nearest known one is '--size'",
        "create x y --size 1G|'y' is one argument too many",
        "mkfs x --forse|unknown option '--forse', the nearest known one is '--force'",
        "mkfs x --lable=y|unknown option '--lable', the nearest known one is '--label'",
        "mount|missing required parameter: 'SPEC'",
        "mount x|missing required parameter: 'DIR'",
        "mount x y -q|unknown option '-q'",
        "./x y z|'z' is one argument too many",
        "umount|missing required parameter: 'SPEC",
        "status|missing required parameter: 'SPEC",
        "zone reset|missing required parameter",
        "zone reset x|say which zones",
        "create x --size 1Q|'1Q' is not a size",
        "create x --size 1G --max-open many|'many' is not an int",
      })
  void wrongUsageIsOneLineWithAHint(String words, String message) {
    Object[] arguments = words.split(" ");
    assertThat(run(arguments).failure(2)).contains(message).contains(" --help')");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mount x /tmp -o comit=5",
        "mount x /tmp -o commit=x",
        "./x /tmp -o foo",
        "mount x /tmp -ouid=5"
      })
  void aWrongMountOptionIsWrongUsage(String words) {
    Object[] arguments = words.split(" ");
    assertThat(run(arguments).failure(2)).contains("zonefs-j mount --help");
  }

  @Test
  void anImageIsMadeAsAskedFor() {
    Path image = directory.resolve("x.img");
    Outcome made =
        run(
            "create",
            image,
            "--size",
            "1G",
            "--zone-size",
            "8M",
            "--zone-capacity",
            "6M",
            "--max-open",
            5,
            "--max-active",
            7,
            "--conventional",
            2);
    assertThat(made.exitCode()).isZero();
    assertThat(made.out())
        .isEqualTo(
            image
                + ": 1.00 GiB in 128 zones of 8M, blocks of 4K, at most 5 open, at most 7"
                + " active\n");
    assertThat(run("zones", image).out().lines())
        .hasSize(129)
        .anyMatch(line -> line.matches(" *1  conventional .*8M +8M +-"))
        .anyMatch(line -> line.matches(" *2  sequential-required .*empty .*8M +6M +0"));
    assertThat(run("create", image, "--size", "1G").failure(1)).startsWith(image.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--size 0|size must be more than 0",
        "--size 1000|not a multiple of the block size",
        "--size 64|(64 without a unit is bytes; for mebibytes write 64M)",
        "--size 4096|--size=4096: give at least 64K (4096 without a unit is bytes",
        "--size 64M --zone-size 4M --zone-capacity 8M|is larger than the zone size",
        "--size 64M --zone-size 4M --conventional 16|conventional zones will not do",
        "--size 64M --max-open 9 --max-active 3|is larger than that of active zones",
        "--size 64M --max-open 0|must be at least 1"
      })
  void whatNoDriveCouldBeIsNotMade(String options, String message) {
    Path image = directory.resolve("never.img");
    String[] words = ("create " + image + " " + options).split(" ");
    assertThat(run((Object[]) words).failure(2)).contains(message);
    assertThat(image).doesNotExist();
  }

  @Test
  void formattingTellsGeometryAndUsableSize() {
    Outcome formatted = run("mkfs", image(), "--label", "archive");
    assertThat(formatted.err()).isEmpty();
    assertThat(formatted.exitCode()).isZero();
    assertThat(formatted.out())
        .contains("256 MiB in 64 zones of 4M")
        .containsPattern("UUID [0-9a-f-]{36}, label archive, usable [0-9.]+ MiB");
  }

  @Test
  void theStructuresOfADriveAreShownInWords() {
    Outcome formatted = run("mkfs", image(), "--label", "archive");
    String uuid = formatted.out().replaceFirst("(?s).*UUID ([0-9a-f-]{36}).*", "$1");
    Outcome dump = run("dump", image());
    assertThat(dump.exitCode()).isZero();
    assertThat(dump.err()).isEmpty();
    assertThat(dump.out()).contains(uuid).contains("archive");
  }

  @Test
  void aFilesystemIsNotOverwrittenUnlessForced() {
    assertThat(run("mkfs", image(), "--label", "mine").exitCode()).isZero();
    assertThat(run("mkfs", image()).failure(1)).contains("mine").contains("--force");
    assertThat(run("mkfs", image(), "--force").exitCode()).isZero();
  }

  @Test
  void anotherFilesystemIsNotOverwrittenUnlessForced() throws IOException {
    try (ZonedDevice device = ImageFile.open(image(), DeviceAccess.READ_WRITE)) {
      ByteBuffer xfs = ByteBuffer.allocate(4096);
      xfs.put("XFSB".getBytes(StandardCharsets.US_ASCII)).rewind();
      device.write(0, xfs);
      device.flush();
    }
    assertThat(run("mkfs", image()).failure(1))
        .isEqualTo(image() + " holds xfs; --force overwrites it");
    assertThat(run("zones", image()).out()).containsPattern(" 0  .*implicit-open .* 4K\n");
    assertThat(run("mkfs", image(), "--force").exitCode()).isZero();
  }

  @Test
  void aDriveInUseIsNotFormattedEvenWhenForced() throws IOException {
    try (ZonedDevice device = ImageFile.open(image(), DeviceAccess.READ_WRITE)) {
      assertThat(run("mkfs", image(), "--force").failure(1)).contains("in use");
      assertThat(device.geometry().zoneCount()).isEqualTo(64);
    }
  }

  @Test
  void whatIsNoDriveIsRefusedWithWords() throws IOException {
    Path text = Files.writeString(directory.resolve("t.txt"), "hello");
    Path empty = Files.createFile(directory.resolve("empty"));
    for (String command : new String[] {"mkfs", "zones"}) {
      assertThat(run(command, directory.resolve("absent")).failure(1))
          .contains("absent")
          .contains("zonefs-j create");
      assertThat(run(command, text).failure(1)).contains(text + " is not a zonefs-j image");
      assertThat(run(command, empty).failure(1)).contains("it is empty");
      assertThat(run(command, "UUID=nonsense").failure(1)).contains("is not a UUID");
      assertThat(run(command, "nbd:x").failure(1)).contains("unknown kind 'nbd'");
      assertThat(run(command, "/dev/null").failure(1)).contains("/dev/null");
    }
    assertThat(run("mkfs", directory).failure(1)).contains("is a directory");
    assertThat(run("zones", directory).failure(1)).contains("no zonefs-j filesystem is mounted");
  }

  @Test
  void anImageThatWasCutShortIsRefused() throws IOException {
    try (FileChannel channel = FileChannel.open(image(), StandardOpenOption.WRITE)) {
      channel.truncate(100 << 20);
    }
    assertThat(run("mkfs", image()).failure(1)).contains("truncated");
    assertThat(run("zones", image()).failure(1)).contains("truncated");
  }

  @Test
  void zonesAreManagedByHand() {
    assertThat(run("zone", "open", image(), 3, "5-7").exitCode()).isZero();
    assertThat(run("zones", "--map", image()).out()).startsWith("       0  ...O.OOO....");
    assertThat(run("zone", "finish", image(), 3).exitCode()).isZero();
    assertThat(run("zone", "close", image(), "5-7").exitCode()).isZero();
    assertThat(run("zones", image(), "--map").out()).startsWith("       0  ...#.---....");
    assertThat(run("zone", "reset", image(), "3-7").exitCode()).isZero();
    assertThat(run("zones", image(), "--map").out()).contains("empty: 64");
  }

  @Test
  void whatCannotBeDoneToZonesIsRefused() {
    assertThat(run("zone", "rest", image(), 3).failure(2))
        .contains("the nearest that can is 'reset'");
    for (String zone : new String[] {"64", "9-64", "x", "7-5", "-1", "1-", "99999999999"}) {
      assertThat(run("zone", "reset", image(), "0", zone).failure(2)).isNotEmpty();
    }
    assertThat(run("zone", "open", image(), "0-20").failure(1)).contains("zone 8");
  }

  @Test
  void zonesAreJsonWhenAskedFor() {
    String json = run("zones", "--json", image()).out();
    assertThat(json)
        .startsWith("[\n")
        .contains("\"condition\": \"empty\"")
        .contains("\"zone\": 63");
  }

  @Test
  void commandsForALiveMountNeedOne() {
    for (String command :
        new String[] {"status", "sync", "gc", "scrub", "umount", "top", "options", "metrics"}) {
      assertThat(run(command, directory).failure(1))
          .startsWith(directory + ": no zonefs-j filesystem is mounted there; ");
      assertThat(run(command, directory.resolve("no/such")).failure(1)).contains("no such file");
    }
    assertThat(run("scrub", directory, "--rate", "fast").failure(2)).contains("--rate");
    assertThat(run("scrub", directory, "--rate", "10").failure(2))
        .contains("--rate=10: give at least 64K a second")
        .contains("write 10M");
    assertThat(run("status", directory, "--set", "gc_rate=10").failure(2))
        .contains("gc_rate=10: give at least 64K a second");
    assertThat(run("mkfs", image(), "--journal-copies", "3").failure(2)).contains("1 or 2, not 3");
    assertThat(run("status", directory, "--set", "gc_rate").failure(2)).contains("gc_rate=…");
    assertThat(run("set", directory).failure(2)).contains("OPTION=VALUE");
    assertThat(run("set", directory, "cache=64M").failure(2))
        .contains("'cache' cannot be changed on a live mount");
    assertThat(run("top", directory, "--interval", "0").failure(2)).contains("from 0.1 to 3600");
    assertThat(run("top", directory, "--count", "-1").failure(2)).contains("--count");
  }

  @Test
  void aFileNameMayBeginWithAnAt() {
    assertThat(run("zones", "@file").failure(1)).contains("@file");
  }
}
