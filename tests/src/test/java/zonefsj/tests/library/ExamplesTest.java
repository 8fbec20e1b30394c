// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.library;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.filter.TracingZonedDevice;
import zonefsj.device.library.AsyncZonedDevice;
import zonefsj.device.library.ZoneAppendChannel;
import zonefsj.device.library.ZoneQuery;
import zonefsj.device.library.ZoneReadChannel;
import zonefsj.device.library.ZonedDevices;
import zonefsj.device.spec.DeviceKind;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;
import zonefsj.zonemgr.ZoneAddress;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneStream;

/** What is between [NAME] and [end] is an example of that name in LIBRARY.md. */
final class ExamplesTest {
  private static final String SPEC = "mem:64M,zone-size=4M,max-open=4,max-active=8";

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  private Path directory;

  private final StringWriter printed = new StringWriter();
  private final PrintWriter out = new PrintWriter(printed);

  @Test
  void aDriveIsOpened() throws IOException {
    Path image = directory.resolve("drive.img");
    // [open]
    ImageFile.create(
        image, EmulatedGeometry.builder(256 << 20).zoneSizeBytes(4 << 20).maxOpenZones(8).build());

    try (ZonedDevice drive = ZonedDevices.at("file:" + image).validating().open()) {
      DeviceGeometry facts = drive.geometry();
      out.println(facts.zoneCount() + " zones, blocks of " + facts.blockSizeBytes());
    }
    // [end]
    assertThat(printed).hasToString("64 zones, blocks of 4096\n");
  }

  @Test
  void zonesAreFound() throws IOException {
    try (ZonedDevice drive = ZonedDevices.at(SPEC).open()) {
      drive.finish(1);
      // [zones]
      List<Integer> empty =
          ZoneQuery.all()
              .types(ZoneType.SEQUENTIAL_REQUIRED)
              .conditions(ZoneCondition.EMPTY)
              .stream(drive)
              .limit(3)
              .map(ZoneDescriptor::index)
              .toList();
      // [end]
      assertThat(empty).containsExactly(0, 2, 3);
    }
  }

  @Test
  void blocksAreWrittenAndRefusalsUnderstood() throws IOException {
    try (ZonedDevice drive = ZonedDevices.at(SPEC).open()) {
      int zone = 5;
      // [blocks]
      ByteBuffer block = ByteBuffer.allocateDirect(drive.geometry().blockSizeBytes());
      block.put("hello".getBytes(UTF_8)).clear();
      long position = drive.append(zone, block);
      drive.flush(); // from here on it survives a power loss

      drive.read(position, block.clear());
      try {
        drive.write(position, block.clear());
      } catch (DeviceException e) {
        switch (e.reason()) {
          case NOT_AT_WRITE_POINTER -> out.println("written already: zone " + e.zone());
          case ZONE_READ_ONLY, ZONE_OFFLINE, MEDIA -> out.println("zone failed: " + e.zone());
          default -> throw e;
        }
      }
      // [end]
      assertThat(block.clear().get(4)).isEqualTo((byte) 'o');
      assertThat(printed).hasToString("written already: zone 5\n");
    }
  }

  @Test
  void aZoneIsAStream() throws IOException {
    try (ZonedDevice drive = ZonedDevices.at(SPEC).validating().open()) {
      int number = 2;
      // [stream]
      try (ZoneAppendChannel zone = ZoneAppendChannel.open(drive, number);
          Writer text = Channels.newWriter(zone, UTF_8)) {
        for (int line = 1; line <= 1000; line++) {
          text.write("line " + line + "\n");
        }
        text.flush(); // into the channel
        long durable = zone.flush(); // whole blocks, onto the drive
        out.println(durable + " of " + zone.size() + " bytes are durable");
      } // fills the last block up with zeros: all of it is durable

      try (ZoneReadChannel zone = ZoneReadChannel.open(drive, number);
          BufferedReader text = new BufferedReader(Channels.newReader(zone, UTF_8))) {
        out.println(text.readLine());
      }
      // [end]
      assertThat(printed).hasToString("8192 of 8893 bytes are durable\nline 1\n");
      assertThat(drive.report(number, 1).get(0).writtenBytes()).isEqualTo(3 * 4096);
    }
  }

  @Test
  void sixtyFourZonesAreKeptBusy() throws IOException {
    try (ZonedDevice drive =
        ZonedDevices.at("mem:128M,zone-size=1M,max-open=64,max-active=64").validating().open()) {
      // [async]
      ExecutorService threads = Executors.newFixedThreadPool(16);
      try (AsyncZonedDevice async = new AsyncZonedDevice(drive, threads, 128)) {
        int length = 64 << 10;
        List<CompletableFuture<Void>> writes = new ArrayList<>();
        for (int round = 0; round < 4; round++) {
          for (int zone = 0; zone < 64; zone++) {
            long position = zone * drive.geometry().zoneSizeBytes() + (long) round * length;
            // Waits while 128 accesses are in flight. The writes of a zone keep their order.
            writes.add(async.write(position, ByteBuffer.allocateDirect(length)));
          }
        }
        async.flush().join(); // runs after all these writes
        writes.forEach(CompletableFuture::join); // throws if one of them failed
      } finally {
        threads.shutdown();
      }
      // [end]
      assertThat(drive.report(0, 64)).allMatch(zone -> zone.writtenBytes() == 256 << 10);
    }
  }

  // [fill]
  /** Fills one zone with a pattern; gives the number of bytes. */
  static long fill(ZonedDevice drive, int number) {
    try (ZoneAppendChannel zone = ZoneAppendChannel.open(drive, number)) {
      ByteBuffer pattern = ByteBuffer.allocate(1 << 20);
      while (zone.remainingBytes() > 0) {
        zone.write(pattern.clear().limit((int) Math.min(1 << 20, zone.remainingBytes())));
      }
      return zone.size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // [end]

  @Test
  void severalZonesAreWrittenAtOnce() throws IOException {
    try (ZonedDevice drive = ZonedDevices.at(SPEC).validating().open()) {
      // [parallel]
      int writers = drive.geometry().maxOpenZones().orElse(8);
      ExecutorService threads = Executors.newFixedThreadPool(writers);
      try {
        List<CompletableFuture<Long>> running = new ArrayList<>();
        for (int number = 0; number < 10; number++) {
          int zone = number;
          running.add(CompletableFuture.supplyAsync(() -> fill(drive, zone), threads));
        }
        long bytes = running.stream().mapToLong(CompletableFuture::join).sum();
        out.println(bytes + " bytes");
      } finally {
        threads.shutdown();
      }
      // [end]
      assertThat(printed).hasToString((10L * (4 << 20)) + " bytes\n");
      assertThat(ZoneQuery.all().conditions(ZoneCondition.FULL).stream(drive).count())
          .isEqualTo(10);
      CompletableFuture<Long> again = CompletableFuture.supplyAsync(() -> fill(drive, 0));
      assertThatThrownBy(again::join)
          .isInstanceOf(CompletionException.class)
          .hasRootCauseInstanceOf(DeviceException.class);
    }
  }

  @Test
  void accessesAreCounted() throws IOException {
    // [counters]
    try (TracingZonedDevice drive = ZonedDevices.at("mem:64M").openTracing()) {
      fill(drive, 0);
      out.println(drive.counters().writtenBytes() + " bytes");
      out.println(drive.counters().of(DeviceOperation.FLUSH).operations() + " flush");
    }
    // [end]
    assertThat(printed).hasToString((1 << 20) + " bytes\n1 flush\n");
  }

  // [wrapper]
  /** A drive whose zones cannot be reset. */
  static final class WithoutResets extends FilterZonedDevice {
    WithoutResets(ZonedDevice below) {
      super(below);
    }

    @Override
    public void reset(int zone) throws IOException {
      throw new DeviceException(
          Reason.INVALID_TRANSITION, zone, "zone " + zone + ": resets are switched off");
    }
  }

  // [end]

  @Test
  void aDriveIsWrapped() throws IOException {
    // [wrapped]
    ZonedDevices plan = ZonedDevices.at("mem:64M").wrappedBy(WithoutResets::new);
    // [end]
    try (ZonedDevice drive = plan.open()) {
      assertThatThrownBy(() -> drive.reset(3)).hasMessage("zone 3: resets are switched off");
    }
  }

  // [kind]
  /** {@code noreset(SPEC)}: a drive whose zones cannot be reset. */
  public static final class WithoutResetsKind implements DeviceKind {
    @Override
    public String name() {
      return "noreset";
    }

    @Override
    public String syntax() {
      return "noreset(SPEC)";
    }

    @Override
    public String meaning() {
      return "a drive whose zones cannot be reset";
    }

    @Override
    public Form form() {
      return Form.SPEC;
    }

    @Override
    public DeviceSpec parse(SpecArguments arguments) throws DeviceSpecException {
      return new WithoutResetsSpec(arguments.spec("a drive"));
    }
  }

  /** The parsed form. */
  record WithoutResetsSpec(DeviceSpec part) implements DeviceSpec {
    @Override
    public ZonedDevice open(DeviceOpening opening) throws IOException {
      return opening.openTogether(parts(), drives -> new WithoutResets(drives.get(0)));
    }

    @Override
    public List<DeviceSpec> parts() {
      return List.of(part);
    }

    @Override
    public DeviceSpec absolute(DeviceLookup lookup) throws IOException {
      return new WithoutResetsSpec(part.absolute(lookup));
    }

    @Override
    public String toString() {
      return "noreset(" + part + ")";
    }
  }

  // [end]

  @Test
  void aKindIsFound() throws IOException {
    // [ownkind]
    ZonedDevice drive = ZonedDevices.at("noreset(concat(mem:64M,mem:64M))").open();
    // [end]
    try (drive) {
      assertThat(drive.geometry().capacityBytes()).isEqualTo(128 << 20);
      assertThatThrownBy(() -> drive.reset(3)).hasMessage("zone 3: resets are switched off");
    }
  }

  @Test
  void faultsAreMadeOnPurpose() throws IOException {
    // [faults]
    RamZonedDevice ram = RamZonedDevice.create(EmulatedGeometry.ofSize(64 << 20));
    FaultScript script = new FaultScript().fail(DeviceOperation.WRITE, 2, Reason.MEDIA);
    try (ZonedDevice drive = new FaultyZonedDevice(ram, script, ram)) {
      fill(drive, 0); // one write of 1 MiB
      fill(drive, 1); // the second fails: does your program handle it?
    } catch (UncheckedIOException e) {
      out.println(e.getCause() instanceof DeviceException refused ? refused.reason() : e);
    }
    // [end]
    assertThat(printed).hasToString("MEDIA\n");
  }

  @Test
  void zonesAreSharedByStreams() throws IOException {
    try (ZonedDevice drive = ZonedDevices.at(SPEC).validating().open()) {
      ByteBuffer record = ByteBuffer.allocate(2 * drive.geometry().blockSizeBytes());
      // [allocator]
      ZoneAllocator zones =
          new ZoneAllocator(drive, drive.report(0, drive.geometry().zoneCount()), 1);
      ZoneAddress address;
      try (ZoneHandle handle = zones.allocate(ZoneStream.HOT).orElseThrow()) {
        address = handle.append(record); // at the write pointer, which the handle knows
        drive.flush();
      } // the next allocation continues in the zone

      ZoneState state = zones.state(address.zone());
      out.println(state.use() + ", " + state.writtenBytes() + " bytes");
      zones.reset(address.zone()); // when its content is no longer needed
      // [end]
      assertThat(printed).hasToString("PARTIAL, 8192 bytes\n");
      assertThat(zones.state(address.zone()).use()).isEqualTo(ZoneState.Use.FREE);
    }
  }
}
