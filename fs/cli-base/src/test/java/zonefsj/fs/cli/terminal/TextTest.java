// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.DeviceModel;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.fs.cli.control.SampleStatus;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.volume.ZoneView;

/** What the user reads. */
final class TextTest {
  private static final long ZONE = 1 << 20;

  private static ZoneView zone(int index, ZoneCondition condition, String role, long live) {
    return new ZoneView(
        new ZoneDescriptor(
            index,
            condition == ZoneCondition.NOT_WRITE_POINTER
                ? ZoneType.CONVENTIONAL
                : ZoneType.SEQUENTIAL_REQUIRED,
            condition,
            index * ZONE,
            ZONE,
            ZONE / 2,
            index * ZONE + 4096),
        role,
        live);
  }

  @Test
  void anErrorIsOneLine() {
    assertThat(ErrorLine.of("  first\n  second\r\nthird  "))
        .isEqualTo("zonefs-j: first; second; third");
    assertThat(ErrorLine.of("a\u001b[31m\u0007b")).isEqualTo("zonefs-j: a?[31m?b");
    assertThat(ErrorLine.of("a\u009b31m\u202eb")).isEqualTo("zonefs-j: a?31m?b");
  }

  @Test
  void aStackTraceHasOnlyWhatATerminalMayGet() {
    IOException failure = new IOException("a\u001b[31m\tb", new IOException("c\u009b\nd"));
    assertThat(PlainLine.trace(failure).lines())
        .startsWith("java.io.IOException: a?[31m    b")
        .contains("Caused by: java.io.IOException: c?", "d")
        .anyMatch(line -> line.startsWith("    at zonefsj."))
        .noneMatch(line -> line.chars().anyMatch(Character::isISOControl));
  }

  @Test
  void failuresOfFilesAreSaidInWords() {
    assertThat(ErrorLine.words(new NoSuchFileException("/x")))
        .isEqualTo("/x: no such file or directory");
    assertThat(ErrorLine.words(new AccessDeniedException("/x"))).isEqualTo("/x: permission denied");
    assertThat(ErrorLine.words(new FileAlreadyExistsException("/x")))
        .isEqualTo("/x: exists already");
    assertThat(ErrorLine.words(new NotDirectoryException("/x"))).isEqualTo("/x: not a directory");
    assertThat(ErrorLine.words(new DirectoryNotEmptyException("/x"))).isEqualTo("/x: not empty");
    assertThat(ErrorLine.words(new FileSystemException("/x", null, "Too many levels")))
        .isEqualTo("/x: Too many levels");
    assertThat(ErrorLine.words(new FileNotFoundException("/x (gone)"))).isEqualTo("/x (gone)");
  }

  @Test
  void otherFailuresAreSaidAsTheySay() {
    assertThat(ErrorLine.words(new IOException("the drive is gone")))
        .isEqualTo("the drive is gone");
    assertThat(ErrorLine.words(new IOException())).isEqualTo("IOException");
    assertThat(ErrorLine.words(new UserError("do that"))).isEqualTo("do that");
    assertThat(ErrorLine.words(new UsageError("say that"))).isEqualTo("say that");
    assertThat(ErrorLine.words(new IllegalStateException("oops")))
        .isEqualTo("internal error, please report it: java.lang.IllegalStateException: oops");
  }

  @Test
  void columnsAreAligned() {
    Table table = new Table(">n", "name", ">size").row(1, "a", 10).row(200, "bcdef", 3);
    assertThat(table.lines())
        .containsExactly("  n  name   size", "  1  a        10", "200  bcdef     3");
    assertThatThrownBy(() -> table.row(1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void zonesOfADriveAreOneLineEach() {
    List<String> lines =
        ZoneText.table(
            List.of(
                zone(0, ZoneCondition.NOT_WRITE_POINTER, "", 0),
                zone(1, ZoneCondition.IMPLICIT_OPEN, "", 0)));
    assertThat(lines)
        .containsExactly(
            "zone  type                 condition      start  size  capacity  written",
            "   0  conventional         -                  0    1M      512K        -",
            "   1  sequential-required  implicit-open     1M    1M      512K       4K");
  }

  @Test
  void zonesOfALiveMountShowWhatTheyServe() {
    assertThat(ZoneText.table(List.of(zone(1, ZoneCondition.FULL, "hot", 8192))).get(1))
        .endsWith("hot     8K");
  }

  @Test
  void theMapHasACharacterForEachZoneAndALegend() {
    List<ZoneView> zones = new ArrayList<>();
    for (ZoneCondition condition : ZoneCondition.values()) {
      zones.add(zone(zones.size(), condition, "", 0));
    }
    IntStream.range(8, 130).forEach(i -> zones.add(zone(i, ZoneCondition.EMPTY, "", 0)));
    List<String> lines = ZoneText.map(zones);
    assertThat(lines.get(0)).isEqualTo("       0  c.oO-#rX" + ".".repeat(56));
    assertThat(lines.get(1)).isEqualTo("      64  " + ".".repeat(64));
    assertThat(lines.get(2)).isEqualTo("     128  ..");
    assertThat(lines).contains("  .  empty: 123", "  X  offline: 1", "  #  full: 1");
    assertThat(ZoneText.map(List.of())).isEmpty();
  }

  @Test
  void aStatusTellsAll() {
    List<String> lines = StatusText.of(SampleStatus.get(), ZoneOffset.ofHours(2));
    assertThat(lines)
        .contains(
            "mounted      /dev/nvme0n1 on /mnt/a b",
            "since        2025-02-03T06:05:06.000+02:00, process 4711",
            "filesystem   01234567-89ab-cdef-0123-456789abcdef archive",
            "capacity       1.00 TiB",
            "live            512 GiB   50.0 %  in files",
            "free            256 GiB   25.0 %  can be written at once",
            "             1.00 GiB gc, 3.00 GiB hot",
            "             in the last 10 min 0 s: 1.00 MiB by applications, 2.50 MiB to the drive"
                + " (amplification 2.50)",
            "utilization  80.0 %; in theory random overwrites are amplified 2.69 times",
            "skew         about 90 % of the overwrites go to 10 % of the data; in theory amplified 1.48 times",
            "zones by use   0 to  50 % live: 3 zones, written 30 s ago",
            "victims      zone 9: 10% live, written 31 s ago, update rate 0.25, by mdc; 4.00 MiB of 4.00 MiB moved, 40.0 MiB freed",
            "             zone 7: it cannot be finished; 1.00 MiB of 9.00 MiB moved so far",
            "caches       inodes: 97 % of 1000",
            "errors       zone 4 went offline")
        .anySatisfy(line -> assertThat(line).contains("amplification 1.33"))
        .anySatisfy(line -> assertThat(line).startsWith("zones").contains("17 free", "1 hot"))
        .noneSatisfy(line -> assertThat(line).contains("offline,").startsWith("zones"));
  }

  @Test
  void aGeometryIsOneLine() {
    DeviceGeometry geometry =
        new DeviceGeometry(
            DeviceModel.HOST_MANAGED,
            4096,
            64,
            4 << 20,
            256 << 20,
            OptionalInt.of(8),
            OptionalInt.empty(),
            1 << 20,
            "image x");
    assertThat(GeometryText.of(geometry))
        .isEqualTo(
            "image x: 256 MiB in 64 zones of 4M, blocks of 4K, at most 8 open, any number active");
  }
}
