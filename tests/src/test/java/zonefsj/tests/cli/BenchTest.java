// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static zonefsj.tests.cli.Commands.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.Fault;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.bench.BenchPlan;
import zonefsj.fs.cli.bench.BenchRequest;
import zonefsj.fs.cli.bench.BenchResult;
import zonefsj.fs.cli.bench.LatencyHistogram;
import zonefsj.fs.cli.bench.ZoneBench;

/** A bench takes the zones that it may, writes and reads all of what it says, and counts right. */
final class BenchTest {
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
            "32M",
            "--zone-size",
            "1M",
            "--conventional",
            1,
            "--max-open",
            3,
            "--max-active",
            5)
        .ok();
  }

  private List<ZoneDescriptor> zones() throws IOException {
    try (ZonedDevice device = ImageFile.open(image, DeviceAccess.READ_ONLY)) {
      return device.report(0, 32);
    }
  }

  @Test
  void emptyZonesAreWrittenAndRead() throws IOException {
    run("zone", "finish", image, 2).ok();
    String text =
        run("bench", image, "--write", "--read", "--zones", 3, "--block-size", "60K").ok();
    assertThat(text.lines().filter(line -> line.matches(" +[134] +1M +[0-9.]+ +18 .*"))).hasSize(6);
    assertThat(text.lines().filter(line -> line.matches(" +all +3M +[0-9.]+ +54 .*"))).hasSize(2);
    assertThat(text)
        .contains("3 zones at once written in blocks of 60K", "3 zones at once read in blocks")
        .containsPattern("flushed in [0-9.]+ ms");
    assertThat(zones().subList(0, 6))
        .extracting(ZoneDescriptor::writtenBytes)
        .containsExactly(0L, 1L << 20, 1L << 20, 1L << 20, 1L << 20, 0L);
  }

  @Test
  void aBenchWithoutWordsReads() throws IOException {
    assertThat(run("bench", image).failure(1))
        .isEqualTo(
            "of the zones from 0 on only 0 hold anything, not 1; 'bench --write' writes some");
    run("bench", image, "--write", "--size", "256K", "--from", 4).ok();
    List<ZoneDescriptor> before = zones();
    assertThat(run("bench", image, "--json").ok())
        .contains("\"operation\": \"read\"", "\"zone\": 4,", "\"bytes\": 262144,")
        .contains("\"blocks\": 1,", "\"p99.9\": ");
    assertThat(zones()).isEqualTo(before);
    assertThat(run("bench", image, "--size", "512K").failure(1)).contains("only 0 hold 512K");
  }

  @Test
  void zonesThatHoldSomethingAreWrittenOnlyAfterReset() throws IOException {
    run("zone", "finish", image, "1-31").ok();
    assertThat(run("bench", image, "--write").failure(1))
        .isEqualTo(
            "of the zones from 0 on only 0 are empty, not 1; --reset takes others, too, and gives"
                + " up what they hold");
    run("bench", image, "--write", "--reset", "--zones", 2, "--from", 7, "--size", "64K").ok();
    assertThat(zones().subList(6, 10))
        .extracting(ZoneDescriptor::writtenBytes)
        .containsExactly(1L << 20, 64L << 10, 64L << 10, 1L << 20);
  }

  @Test
  void theLimitsOfTheDriveAreKept() {
    assertThat(run("bench", image, "--write", "--zones", 4).failure(1))
        .isEqualTo("the drive allows 3 open zones: 4 more cannot be written at once");
    run("bench", image, "--write", "--zones", 3, "--size", "4K").ok();
    assertThat(run("bench", image, "--write", "--zones", 3, "--size", "4K").failure(1))
        .isEqualTo(
            "the drive allows 5 active zones, and others hold 3: 3 more cannot be written at once;"
                + " reset or finish others, or give fewer --zones");
    run("bench", image, "--write", "--zones", 3, "--size", "4K", "--reset").ok();
    run("zone", "open", image, "20").ok();
    assertThat(run("bench", image, "--write", "--zones", 3, "--reset").failure(1))
        .contains("3 open zones, and others hold 1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--zones 0|give 1 or more",
        "--from 32|there is no zone 32",
        "--from -1|zones are numbered from 0",
        "--size 1000|--size 1000: give a multiple of the block size of 4K",
        "--size 0|give a multiple",
        "--size 2M|--size 2M is for each zone, and zones have 1M",
        "--block-size 6K|--block-size 6144: give a multiple of the block size of 4K",
        "--block-size 4G|is too large",
        "--zones 3 --block-size 128M|need too much memory: at most 256M together",
        "--reset|--reset goes with --write"
      })
  void wrongNumbersAreWrongUsage(String options, String words) {
    Object[] all = ("bench " + image + " " + options).split(" ");
    assertThat(run(all).failure(2)).contains(words);
  }

  @Test
  void aFailedAccessEndsAllOfThem() throws Exception {
    RamZonedDevice ram =
        RamZonedDevice.create(EmulatedGeometry.builder(8 << 20).zoneSizeBytes(1 << 20).build());
    FaultScript faults =
        new FaultScript().onZone(2, DeviceOperation.WRITE, 3, new Fault.Fail(Reason.MEDIA));
    try (ZonedDevice device = new FaultyZonedDevice(ram, faults, ram)) {
      BenchPlan plan =
          BenchPlan.of(
              device.geometry(),
              device.report(0, 8),
              new BenchRequest(4, 0, null, 4096, true, false));
      assertThat(plan.totalBytes()).isEqualTo(4 << 20);
      ZoneBench bench = new ZoneBench(device, plan, ProgressListener.NONE);
      assertThatThrownBy(() -> bench.run(true))
          .isInstanceOfSatisfying(
              DeviceException.class,
              failure -> assertThat(failure.reason()).isEqualTo(Reason.MEDIA));
      assertThat(device.report(2, 1).get(0).writtenBytes()).isEqualTo(2 * 4096);
    }
  }

  @Test
  void theResultAddsUp() throws Exception {
    RamZonedDevice device = RamZonedDevice.create(EmulatedGeometry.ofSize(8 << 20));
    BenchPlan plan =
        BenchPlan.of(
            device.geometry(),
            device.report(0, device.geometry().zoneCount()),
            new BenchRequest(3, 2, 12288L, 8192, true, false));
    BenchResult result = new ZoneBench(device, plan, ProgressListener.NONE).run(true);
    assertThat(result.zones()).extracting(BenchResult.ZoneResult::zone).containsExactly(2, 3, 4);
    assertThat(result.bytes()).isEqualTo(3 * 12288);
    assertThat(result.latencies().total()).isEqualTo(3 * 2);
    assertThat(result.nanos()).isGreaterThanOrEqualTo(result.zones().get(1).nanos());
    device.close();
  }

  @Test
  void percentilesAreThoseOfASortedListToOnePartIn64() {
    SplittableRandom random = new SplittableRandom(3);
    long[] all = new long[10_000];
    LatencyHistogram first = new LatencyHistogram();
    LatencyHistogram second = new LatencyHistogram();
    for (int i = 0; i < all.length; i++) {
      all[i] = random.nextLong(1L << random.nextInt(1, 40));
      (i % 2 == 0 ? first : second).add(all[i]);
    }
    first.addAll(second);
    Arrays.sort(all);
    assertThat(first.total()).isEqualTo(all.length);
    assertThat(first.maxNanos()).isEqualTo(all[all.length - 1]);
    for (double percent : new double[] {0, 1, 50, 90, 99, 99.9, 100}) {
      long exact = all[Math.max(0, (int) Math.ceil(all.length * percent / 100) - 1)];
      assertThat(first.percentileNanos(percent))
          .as("p%s", percent)
          .isBetween(exact, exact + exact / 64);
    }
    assertThat(new LatencyHistogram().percentileNanos(50)).isZero();
  }

  @Test
  void theLongestTimesHaveAClass() {
    LatencyHistogram histogram = new LatencyHistogram();
    histogram.add(Long.MAX_VALUE);
    histogram.add(-5);
    assertThat(histogram.percentileNanos(100)).isEqualTo(Long.MAX_VALUE);
    assertThat(histogram.percentileNanos(1)).isZero();
  }
}
