// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.ZoneView;
import zonefsj.tests.crash.LogSilencer;

/**
 * What the drive cannot read stays in its zone, for that may pass; all else is moved. Whoever finds
 * it out does not search all extents of the drive for what is known.
 */
final class UnreadableSectorTest {
  private static final int FILES = 8;
  private static final int FILE_BYTES = 60_000;
  private static final int STRIDE = 500;

  /** No granule is larger. */
  private static final int GRANULE_BYTES = 32 << 10;

  private final LogSilencer quiet = new LogSilencer();
  private FaultyVolume drive;
  private LongestScan scans;

  @BeforeEach
  void fill() throws Exception {
    drive = new FaultyVolume(FaultyVolume.geometry(48));
    for (int file = 0; file < FILES; file++) {
      drive.writeDurably("file" + file, FaultyVolume.random(file, FILE_BYTES));
    }
    drive.unmount();
    scans = new LongestScan(drive.stores);
  }

  @AfterEach
  void letGo() throws IOException {
    quiet.close();
    drive.close();
  }

  private Volume mount() throws IOException {
    return FaultyVolume.mounting(new SplittableRandom(5), scans).on(drive.device);
  }

  private static List<Integer> dataZones(Volume volume) throws IOException {
    return volume.zones().stream()
        .filter(zone -> !zone.role().equals("superblock") && zone.liveBytes() > 100_000)
        .map(zone -> zone.descriptor().index())
        .toList();
  }

  private static long liveBytes(Volume volume, int zone) throws IOException {
    return volume.zones().get(zone).liveBytes();
  }

  private static long middle(Volume volume, int zone) throws IOException {
    ZoneView view = volume.zones().get(zone);
    return view.descriptor().startBytes() + view.descriptor().writtenBytes() / 2;
  }

  /** How many places of the files, each some bytes after the other, are right; others fail. */
  private static int readable(FaultyVolume drive) throws Exception {
    int readable = 0;
    for (int file = 0; file < FILES; file++) {
      byte[] expected = FaultyVolume.random(file, FILE_BYTES);
      for (int at = 0; at < FILE_BYTES; at += STRIDE) {
        try {
          assertThat(drive.read("file" + file, at, 1)[0]).isEqualTo(expected[at]);
          readable++;
        } catch (ErrnoException unreadable) {
          assertThat(unreadable.getMessage()).contains("read");
        }
      }
    }
    return readable;
  }

  @Test
  void staysAloneAndIsNotSearchedFor() throws Exception {
    int zone;
    try (Volume volume = mount()) {
      zone = dataZones(volume).get(0);
      drive.rot.failAt(middle(volume, zone));
      drive.ram.setReadOnly(zone);
      scans.takeScansFromTheFirst();
      volume.checkForFailedZones();
      assertThat(liveBytes(volume, zone)).isBetween(1L, (long) GRANULE_BYTES);
      assertThat(scans.takeScansFromTheFirst()).isZero();
    }
    drive.mountAgain();
    int all = FILES * (FILE_BYTES / STRIDE);
    assertThat(readable(drive)).isBetween(all - GRANULE_BYTES / STRIDE - 1, all - 1);
    drive.rot.healReads();
    assertThat(readable(drive)).isEqualTo(all);
    drive.volume().checkForFailedZones();
    assertThat(liveBytes(drive.volume(), zone)).isZero();
    drive.ram.setOffline(zone);
    assertThat(readable(drive)).isEqualTo(all);
  }

  @Test
  void zonesThatDieTogetherAreSearchedForTogether() throws Exception {
    try (Volume volume = mount()) {
      List<Integer> zones = dataZones(volume);
      assertThat(zones).hasSizeGreaterThan(1);
      for (int zone : zones) {
        drive.ram.setOffline(zone);
      }
      scans.takeScansFromTheFirst();
      volume.checkForFailedZones();
      for (int zone : zones) {
        assertThat(liveBytes(volume, zone)).as("live in zone %d", zone).isZero();
      }
      assertThat(scans.takeScansFromTheFirst()).isEqualTo(1);
    }
    drive.mountAgain();
  }
}
