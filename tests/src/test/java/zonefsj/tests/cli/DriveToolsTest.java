// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static zonefsj.tests.cli.Commands.run;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.ImageZonedDevice;
import zonefsj.fs.cli.terminal.HexDump;

/** The tools for any zoned drive: what they print, and what they refuse to touch. */
final class DriveToolsTest {
  private static final int MIB = 1 << 20;

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  private Path directory;

  @SuppressWarnings("NullAway.Init") // set before each test
  private Path image;

  @BeforeEach
  void create() {
    image = directory.resolve("d.img");
    run(
            "create",
            image,
            "--size",
            "64M",
            "--zone-size",
            "2M",
            "--zone-capacity",
            "1M",
            "--conventional",
            2,
            "--max-open",
            4,
            "--max-active",
            6)
        .ok();
  }

  /** What {@code read} is to print of several pieces, one after another. */
  private static String hexDump(long positionBytes, byte[]... pieces) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    HexDump dump =
        new HexDump(new PrintStream(out, true, StandardCharsets.US_ASCII), positionBytes);
    for (byte[] piece : pieces) {
      dump.put(ByteBuffer.wrap(piece));
    }
    dump.end();
    return out.toString(StandardCharsets.US_ASCII);
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(directory.resolve(name), bytes);
  }

  private Path file(int length) throws IOException {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 31 + i / 4096);
    }
    return file("f" + length, bytes);
  }

  private byte[] bytesOfImage() throws IOException {
    return Files.readAllBytes(image);
  }

  @Test
  void theFactsOfADriveAreTold() {
    run("zone", "open", image, "5-6").ok();
    assertThat(run("info", image).ok().lines())
        .containsExactly(
            "drive           image " + image,
            "model           host-managed",
            "capacity        64.0 MiB (67108864 bytes) in 32 zones",
            "block size      4K",
            "zone size       2M",
            "zone capacity   1M",
            "open zones      at most 4, now 2",
            "active zones    at most 6, now 2",
            "longest append  4M",
            "sequential      30.0 MiB (31457280 bytes), of which 0 B written",
            "holds           nothing that is known",
            "in use          no",
            "",
            "zones  type                 condition",
            "    2  conventional         -",
            "   28  sequential-required  empty",
            "    2  sequential-required  explicit-open");
    assertThat(run("info", "--json", image).ok())
        .contains("\"max_open_zones\": 4,", "\"open_zones\": 2,", "\"in_use\": false,")
        .contains("\"zone_capacity_largest\": 1048576,")
        .doesNotContain("\"holds\"");
    assertThat(run("info", "mem:64M,max-open=none,max-active=none").ok())
        .contains("open zones      any number, now 0");
  }

  @Test
  void theFactsTellWhatADriveHolds() throws IOException {
    String uuid = format().replaceFirst("(?s).*UUID ([0-9a-f-]{36}).*", "$1");
    assertThat(run("info", image).ok())
        .contains("holds           zonefs-j filesystem " + uuid + " (mine)\n");
    assertThat(run("info", image, "--json").ok())
        .contains("\"uuid\": \"" + uuid + "\"", "\"label\": \"mine\"");
    Path other = directory.resolve("x.img");
    run("create", other, "--size", "64M").ok();
    writeStart(other, "XFSB");
    assertThat(run("info", other).ok()).contains("holds           xfs\n");
  }

  private String format() {
    image = directory.resolve("formatted.img");
    run("create", image, "--size", "256M").ok();
    return run("mkfs", image, "--label", "mine").ok();
  }

  private static void writeStart(Path drive, String magic) throws IOException {
    try (ZonedDevice device = ImageFile.open(drive, DeviceAccess.READ_WRITE)) {
      ByteBuffer block = ByteBuffer.allocate(4096);
      block.put(magic.getBytes(StandardCharsets.ISO_8859_1)).rewind();
      device.write(0, block);
    }
  }

  @Test
  void aDeadFirstZoneHidesNoFacts() throws IOException {
    Path other = directory.resolve("dead.img");
    run("create", other, "--size", "64M").ok();
    try (ImageZonedDevice device = ImageFile.open(other, DeviceAccess.READ_WRITE)) {
      device.setOffline(0);
      device.flush();
    }
    assertThat(run("info", other).ok()).contains("    1  sequential-required  offline");
    run("zone", "open", other, 1).ok();
    assertThat(run("read", other, "--zone", 0, "--length", 1).failure(1))
        .isEqualTo("zone 0 is offline: nothing in it can be read; give another zone");
  }

  @Test
  void zonesAreFiltered() {
    run("zone", "open", image, "5-6").ok();
    run("zone", "finish", image, "7").ok();
    assertThat(run("zones", image, "--type", "conventional").ok().lines()).hasSize(1 + 2);
    assertThat(run("zones", image, "--type", "sequential").ok().lines()).hasSize(1 + 30);
    assertThat(run("zones", image, "--condition", "open,full").ok().lines())
        .hasSize(1 + 3)
        .anyMatch(line -> line.matches(" *7 .* full .*"));
    assertThat(run("zones", image, "--from", 6, "--count", 3, "--condition", "active").ok())
        .matches("(?s)zone .*\n *6 [^\n]*\n");
    assertThat(run("zones", image, "--condition", "full", "--json").ok())
        .contains("\"zone\": 7")
        .doesNotContain("\"zone\": 6");
    assertThat(run("zones", image, "--map", "--from", 4, "--count", 5).ok())
        .startsWith("       4  .OO#.\n");
    assertThat(run("zones", image, "--map", "--condition", "open,full").ok())
        .isEqualTo("       0       OO#\n  O  explicit-open: 2\n  #  full: 1\n");
  }

  @Test
  void zonesAreChosenByBytesAndSummedUp() throws IOException {
    run("write", image, "--zone", 5, file(8192)).ok();
    run("zone", "finish", image, 6).ok();
    assertThat(run("zones", image, "--map", "--position", "9M", "--length", "6M").ok())
        .startsWith("       4  .o#.\n");
    assertThat(run("zones", image, "--map", "--position", "8M", "--length", "1").ok())
        .startsWith("       4  .\n");
    assertThat(run("zones", image, "--from", 5, "--length", "3M", "--csv").ok())
        .isEqualTo(
            """
            zone,type,condition,start,size,capacity,write_pointer
            5,sequential-required,implicit-open,10485760,2097152,1048576,10493952
            6,sequential-required,full,12582912,2097152,1048576,13631488
            """);
    assertThat(run("zones", image, "--count", 1, "--csv").ok())
        .endsWith("\n0,conventional,not-write-pointer,0,2097152,2097152,\n");
    assertThat(run("zones", image, "--sum").ok())
        .isEqualTo("zones  size  capacity  written\n   32   64M       34M    1032K\n");
    assertThat(run("zones", image, "--sum", "--csv", "--condition", "full,open").ok())
        .isEqualTo("zones,size,capacity,written\n2,4194304,2097152,1056768\n");
    assertThat(run("zones", image, "--sum", "--json", "--type", "conventional").ok())
        .contains("\"zones\": 2", "\"capacity\": 4194304", "\"written\": 0");
  }

  @Test
  void zonesAreChangedByBytes() throws IOException {
    run("zone", "finish", image, "--position", "8M", "--length", "4M").ok();
    assertThat(run("zones", image, "--map").ok()).startsWith("       0  cc..##......");
    run("zone", "finish", image, "--position", "60M").ok();
    assertThat(run("zones", image, "--map").ok()).contains("..##\n", "full: 4");
    byte[] before = bytesOfImage();
    for (String wrong :
        List.of("7M", "8M --length 3M", "8M --length 0", "64M", "60M --length 6M")) {
      String[] words = ("zone reset " + image + " --position " + wrong).split(" ");
      assertThat(run((Object[]) words).failure(2)).contains("--position");
    }
    assertThat(bytesOfImage()).isEqualTo(before);
    assertThat(run("zone", "reset", image, 3, "--position", "8M").failure(2))
        .contains("give zones or --position");
  }

  @Test
  void aDriveIsDumpedAndRestored() throws IOException {
    Path dump = directory.resolve("dump.img");
    Path other = directory.resolve("other.img");
    run("write", image, "--zone", 5, file(8192)).ok();
    run("write", image, "--zone", 1, "--offset", 4096, file(4096)).ok();
    run("zone", "finish", image, "9-10").ok();
    run("zone", "open", image, 12).ok();
    run("zone", "fail", image, 10, "--read-only").ok();
    run("zone", "fail", image, 14, "--offline").ok();
    assertThat(run("zone", "dump", image, dump).ok())
        .isEqualTo(image + ": 6.01 MiB copied to " + dump + "\n");
    assertThat(run("zones", dump, "--csv").ok()).isEqualTo(run("zones", image, "--csv").ok());
    assertThat(run("zone", "dump", image, dump).failure(1)).contains("already something");
    run(
            "create",
            other,
            "--size",
            "64M",
            "--zone-size",
            "2M",
            "--zone-capacity",
            "1M",
            "--conventional",
            2)
        .ok();
    run("zone", "finish", other, 20).ok();
    assertThat(run("zone", "restore", dump, other).failure(1))
        .isEqualTo(
            other + " is not empty: zone 20 holds something; --force overwrites the whole drive");
    run("zone", "restore", dump, other, "--force").ok();
    assertThat(run("zones", other, "--csv").ok())
        .isEqualTo(
            run("zones", image, "--csv")
                .ok()
                .replace("implicit-open", "closed")
                .replace("explicit-open", "closed"));
    for (int zone : new int[] {1, 5}) {
      assertThat(run("read", other, "--zone", zone, "--length", 8192).ok())
          .isEqualTo(run("read", image, "--zone", zone, "--length", 8192).ok());
    }
  }

  @Test
  void whatIsInUseOrHoldsSomethingIsNotOverwrittenByARestore() throws IOException {
    Path dump = directory.resolve("dump.img");
    run("zone", "dump", image, dump).ok();
    Path unformatted = image;
    format();
    byte[] before = bytesOfImage();
    assertThat(run("zone", "restore", dump, image).failure(1))
        .contains("holds zonefs-j filesystem", "--force");
    assertThat(run("zone", "restore", dump, image, "--force").failure(1))
        .contains("the dump has zones of 2M, the drive 4M");
    assertThat(bytesOfImage()).isEqualTo(before);
    try (ZonedDevice used = ImageFile.open(unformatted, DeviceAccess.READ_WRITE)) {
      assertThat(used.geometry().zoneCount()).isEqualTo(32);
      Path second = directory.resolve("second.img");
      assertThat(run("zone", "dump", unformatted, second).failure(1)).contains("in use");
      assertThat(second).doesNotExist();
      assertThat(run("zone", "restore", dump, unformatted).failure(1)).contains("in use");
    }
    assertThat(run("zone", "restore", dump, dump, "--force").failure(1)).contains("is given twice");
    assertThat(run("zone", "dump", unformatted, dump, "--offline").failure(2)).contains("--force");
  }

  @Test
  void aDriveWithAnUnfinishedRestoreIsRefused() throws IOException {
    format();
    Path mark = file("mark", "ZFJREST\0".getBytes(StandardCharsets.US_ASCII));
    run("zone", "reset", image, 0, "--force").ok();
    run("write", image, "--zone", 0, "--pad", mark, "--force").ok();
    String words = "holds an unfinished 'zonefs-j zone restore'";
    assertThat(run("info", image).ok()).contains("holds           an unfinished 'zonefs-j zone");
    assertThat(run("fsck", image).failure(8)).contains(words);
    assertThat(run("dump", image).failure(1)).contains(words);
    run("mkfs", image, "--force").ok();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--from 32|there is no zone 32: the drive has zones 0 to 31",
        "--from -1|zones are numbered from 0",
        "--count 0|give 1 or more",
        "--type seqential|zones have no type 'seqential', the nearest is 'sequential'; there are",
        "--condition ful|zones have no condition 'ful', the nearest is 'full'; there are"
      })
  void wrongFiltersAreWrongUsage(String options, String words) {
    String[] all = ("zones " + image + " " + options).split(" ");
    assertThat(run((Object[]) all).failure(2)).contains(words);
  }

  @Test
  void allZonesAreThoseThatCanBeReset() {
    run("zone", "finish", image, "4-6", 9, 5).ok();
    assertThat(run("zones", image, "--map").ok()).contains("full: 4");
    run("zone", "reset", image, "all").ok();
    assertThat(run("zones", image, "--map").ok()).contains("empty: 30");
  }

  @Test
  void allLeavesOutWhatWouldNotChange() {
    run("zone", "finish", image, 4).ok();
    run("zone", "open", image, 5, 6).ok();
    run("zone", "close", image, "all").ok();
    assertThat(run("zones", image, "--map").ok()).contains("closed: 2").contains("full: 1");
  }

  @Test
  void aRefusalTellsHowFarItWas() {
    run("zone", "finish", image, 9).ok();
    assertThat(run("zone", "open", image, 4, 5, 9, 6).failure(1))
        .contains("zone 9")
        .contains("2 of 4 zones were done before");
    assertThat(run("zones", image, "--condition", "open", "--count", 10).ok()).hasLineCount(3);
  }

  @Test
  void bytesComeBackAsTheyWereWritten() throws IOException {
    Path data = file(3 * 4096);
    assertThat(run("write", image, "--zone", 5, data).ok())
        .isEqualTo("zone 5: 12288 bytes at offset 0, position 10485760\n");
    assertThat(run("write", image, "--zone", 5, data, "--offset", "12K").ok())
        .isEqualTo("zone 5: 12288 bytes at offset 12288, position 10498048\n");
    Path small = file("small", "zoned".getBytes(StandardCharsets.US_ASCII));
    assertThat(run("write", image, "--zone", 5, small, "--pad").ok())
        .isEqualTo("zone 5: 4096 bytes at offset 24576, position 10510336\n");
    assertThat(run("zones", image, "--from", 5, "--count", 1).ok()).containsPattern("28K\n");
    assertThat(run("read", image, "--zone", 5, "--raw", "--offset", "24K", "--length", 5).ok())
        .isEqualTo("zoned");
    assertThat(run("read", image, "--position", 10510337, "--length", 4, "--raw").ok())
        .isEqualTo("oned");
    assertThat(run("read", image, "--zone", 5, "--offset", 24570).ok())
        .isEqualTo(
            hexDump(
                10510330,
                Arrays.copyOfRange(Files.readAllBytes(data), 3 * 4096 - 6, 3 * 4096),
                "zoned".getBytes(StandardCharsets.US_ASCII),
                new byte[4096 - 5]));
  }

  @Test
  void aReadMayCrossZonesAndBeLong() throws IOException {
    Path data = file(MIB);
    run("write", image, "--zone", 3, data).ok();
    run("write", image, "--zone", 4, data).ok();
    assertThat(run("read", image, "--position", 3 * 2 * MIB + 1, "--length", 3 * MIB).ok())
        .isEqualTo(
            hexDump(
                3 * 2 * MIB + 1,
                Arrays.copyOfRange(Files.readAllBytes(data), 1, MIB),
                new byte[MIB],
                Files.readAllBytes(data),
                new byte[1]));
  }

  @Test
  void conventionalZonesAreWrittenWhereOneSays() throws IOException {
    Path data = file(4096);
    assertThat(run("write", image, "--zone", 1, data).failure(2)).contains("say where with");
    run("write", image, "--zone", 1, data, "--offset", "8K").ok();
    run("write", image, "--zone", 1, data, "--offset", "8K").ok();
    assertThat(run("read", image, "--zone", 1, "--offset", "8K", "--length", 64).ok())
        .isEqualTo(hexDump(2 * MIB + 8192, Arrays.copyOf(Files.readAllBytes(data), 64)));
  }

  @Test
  void whatIsNotWrittenIsReadOnlyWithALength() {
    assertThat(run("read", image, "--zone", 5).failure(1))
        .isEqualTo("zone 5 is empty; with --length it is read all the same");
    Commands.Outcome beyond = run("read", image, "--zone", 5, "--length", 32);
    assertThat(beyond.exitCode()).isZero();
    assertThat(beyond.err()).isEqualTo("zonefs-j: zone 5 is empty: what follows means nothing\n");
    assertThat(beyond.out()).isEqualTo(hexDump(10 * MIB, new byte[32]));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "|say where to read, with either --zone or --position",
        "--zone 1 --position 1|say where to read",
        "--position 1 --offset 1|--offset is within a zone",
        "--zone 32|there is no zone 32: the drive has zones 0 to 31",
        "--zone -1|there is no zone -1",
        "--zone 1 --length 0|give 1 or more",
        "--zone 1 --offset 2M|zone 1 has 2M: nothing is at offset 2097152",
        "--zone 1 --offset 1 --length 2M|there are no 2097152 bytes; --position reads beyond",
        "--position 64M|position 67108864 is not within the drive of 67108864 bytes",
        "--position 63M --length 2M|from position 66060288 on there are no 2097152"
      })
  void wrongReadsAreWrongUsage(String options, String words) {
    Object[] all = ("read " + image + " " + (options == null ? "" : options)).strip().split(" ");
    assertThat(run(all).failure(2)).contains(words);
  }

  @Test
  void whatCannotBeWrittenLeavesTheDriveAsItWas() throws IOException {
    run("zone", "finish", image, 9).ok();
    run("write", image, "--zone", 5, file(4096)).ok();
    byte[] before = bytesOfImage();
    assertThat(run("write", image, "--zone", 5, file(5000)).failure(1))
        .isEqualTo(
            "the input has 5000 bytes, not a multiple of the block size of 4096: --pad adds 3192"
                + " zeros; nothing was written");
    assertThat(run("write", image, "--zone", 5, file(4096), "--offset", 0).failure(1))
        .isEqualTo(
            "zone 5 is written at its write pointer only, which is at offset 4096, not at 0;"
                + " leave out --offset to write there");
    assertThat(run("write", image, "--zone", 5, file(MIB)).failure(1))
        .isEqualTo(
            "zone 5 has room for 1044480 bytes, the input has more: give less, or another zone;"
                + " nothing was written");
    assertThat(run("write", image, "--zone", 5, file(0)).failure(1)).contains("is empty");
    assertThat(run("write", image, "--zone", 9, file(4096)).failure(1))
        .isEqualTo("zone 9 takes no writes: it is full; give another zone");
    assertThat(run("write", image, "--zone", 5, directory).failure(1)).contains("is a directory");
    assertThat(run("write", image, "--zone", 5, directory.resolve("no")).failure(1))
        .contains("no such file");
    assertThat(run("write", image, "--zone", 5, file(4096), "--offset", 1).failure(2))
        .contains("is not a multiple of the block size");
    assertThat(run("write", image, "--zone", 5, file(4096), "--offset", "2M").failure(2))
        .contains("is not within zone 5");
    assertThat(run("write", image, "--zone", 32, file(4096)).failure(2)).contains("no zone 32");
    assertThat(run("write", image, file(4096)).failure(2)).contains("--zone");
    assertThat(bytesOfImage()).isEqualTo(before);
  }

  @Test
  void aDriveThatAllowsNoMoreZonesSaysSo() throws IOException {
    run("zone", "open", image, "2-5").ok();
    assertThat(run("write", image, "--zone", 6, file(4096)).failure(1))
        .contains("zone 6")
        .contains("(of 4096 bytes 0 were written before)");
  }

  @Test
  void whatHoldsAFilesystemIsNotTouchedUnlessForced() throws IOException {
    format();
    String uuid =
        run("info", image, "--json").ok().replaceFirst("(?s).*\"uuid\": \"([^\"]*).*", "$1");
    byte[] before = bytesOfImage();
    String refusal =
        image
            + " holds zonefs-j filesystem "
            + uuid
            + " (mine): changes by hand destroy it; --force makes them anyway";
    Path data = file(4096);
    for (String action : new String[] {"reset", "open", "close", "finish"}) {
      assertThat(run("zone", action, image, 40).failure(1)).isEqualTo(refusal);
    }
    assertThat(run("write", image, "--zone", 40, data).failure(1)).isEqualTo(refusal);
    assertThat(run("bench", image, "--write").failure(1)).isEqualTo(refusal);
    assertThat(bytesOfImage()).isEqualTo(before);
    run("write", image, "--zone", 40, data, "--force").ok();
    run("zone", "reset", image, 40, "--force").ok();
    run("bench", image, "--write", "--from", 40, "--size", "64K", "--force").ok();
  }

  @Test
  void zonesOfAnEmulatedDriveAreMadeToFail() throws IOException {
    run("write", image, "--zone", 5, file(4096)).ok();
    run("write", image, "--zone", 6, file(4096)).ok();
    run("zone", "fail", image, 5, "--read-only").ok();
    run("zone", "fail", image, 6, "--offline").ok();
    assertThat(run("zones", image, "--map").ok()).contains("read-only: 1").contains("offline: 1");
    assertThat(run("read", image, "--zone", 5, "--length", 16).ok())
        .startsWith(hexDump(5L * 2 * MIB, Arrays.copyOf(Files.readAllBytes(file(4096)), 16)));
    assertThat(run("read", image, "--zone", 6).failure(1)).contains("zone 6");
    assertThat(run("write", image, "--zone", 5, file(4096)).failure(1)).contains("zone 5");
    assertThat(run("zone", "reset", image, 6).failure(1)).contains("zone 6");
    run("zone", "fail", image, 5, "--offline").ok();
    assertThat(run("zone", "fail", image, 5, "--read-only").failure(1)).contains("offline");
    format();
    assertThat(run("zone", "fail", image, 7, "--offline").failure(1)).contains("--force");
    run("zone", "fail", image, 7, "--offline", "--force").ok();
  }

  @Test
  void aFailureIsNamedAndIsOneOfAnEmulatedDrive() {
    assertThat(run("zone", "fail", image, 5).failure(2)).contains("--read-only or --offline");
    assertThat(run("zone", "fail", image, 5, "--read-only", "--offline").failure(2))
        .contains("one of them");
    assertThat(run("zone", "reset", image, 5, "--offline").failure(2)).contains("'zone fail'");
    assertThat(run("zone", "fail", "memdiff(" + image + ")", 5, "--offline").failure(1))
        .contains("only zones of an emulated drive can be made to fail");
    assertThat(run("zones", image, "--map").ok()).contains("empty: 30");
  }

  @Test
  void aForeignFilesystemIsNotTouchedButAnArchiveIsNone() throws IOException {
    writeStart(image, "XFSB");
    assertThat(run("zone", "reset", image, 5).failure(1)).startsWith(image + " holds xfs: ");
    writeStart(image, "\u001f\u008b\u0008\0");
    assertThat(run("info", image).ok()).contains("holds           a gzip archive\n");
    run("zone", "reset", image, 5).ok();
  }

  @Test
  void aDriveInUseIsNotTouchedEvenWhenForced() throws IOException {
    Path data = file(4096);
    try (ZonedDevice device = ImageFile.open(image, DeviceAccess.READ_WRITE)) {
      assertThat(run("info", image).failure(1)).contains("in use");
      assertThat(run("read", image, "--zone", 0).failure(1)).contains("in use");
      assertThat(run("write", image, "--zone", 5, data, "--force").failure(1)).contains("in use");
      assertThat(run("zone", "reset", image, 5, "--force").failure(1)).contains("in use");
      assertThat(run("bench", image, "--write", "--force").failure(1)).contains("in use");
      assertThat(device.report(5, 1).get(0).writtenBytes()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "info SPEC",
        "read SPEC --zone 1",
        "write SPEC --zone 1",
        "bench SPEC",
        "zone reset SPEC 1"
      })
  void whatIsNoDriveIsRefusedWithWords(String command) throws IOException {
    Path text = file("t.txt", "hello".getBytes(StandardCharsets.US_ASCII));
    for (String[] wrong :
        new String[][] {
          {directory.resolve("absent").toString(), "there is no such file or device"},
          {text.toString(), "is not a zonefs-j image"},
          {"/dev/null", "/dev/null"},
          {"nbd:x", "unknown kind 'nbd'"},
          {directory.toString(), "no zonefs-j filesystem is mounted there"}
        }) {
      Object[] all =
          Arrays.stream(command.split(" ", -1))
              .map(word -> word.equals("SPEC") ? wrong[0] : word)
              .toArray();
      assertThat(run(all).failure(1)).contains(wrong[1]);
    }
  }
}
