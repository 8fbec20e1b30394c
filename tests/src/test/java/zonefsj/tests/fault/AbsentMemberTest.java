// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.mirror.MemberSource;
import zonefsj.device.mirror.MirrorZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.ZoneView;
import zonefsj.tests.fixture.DriveFormat;

/** A filesystem on a mirror of which a member is missing, or has blocks that cannot be read. */
final class AbsentMemberTest {
  private static final int ZONE = 256 << 10;
  private static final int ZONES = 60;
  private static final int BLOCK = 4096;
  private static final int FILES = 20;
  private static final int FILE_BYTES = 60_000;

  /** Stays when it is closed; blocks that cannot be read are good again when they are written. */
  private static final class Member extends FilterZonedDevice implements MemberSource {
    private final Set<Long> bad = new ConcurrentSkipListSet<>();
    private volatile boolean isAway;

    Member() {
      super(
          RamZonedDevice.create(
              EmulatedGeometry.builder((long) ZONES * ZONE)
                  .zoneSizeBytes(ZONE)
                  .maxOpenZones(10)
                  .maxActiveZones(14)
                  .build()));
    }

    @Override
    public void read(long positionBytes, ByteBuffer destination) throws IOException {
      long end = positionBytes + destination.remaining();
      if (bad.stream().anyMatch(at -> at >= positionBytes && at < end)) {
        throw new DeviceException(Reason.MEDIA, 0, "a block cannot be read");
      }
      super.read(positionBytes, destination);
    }

    @Override
    public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
      read(positionBytes, destination);
    }

    @Override
    public void reset(int zone) throws IOException {
      super.reset(zone);
      bad.removeIf(at -> geometry().zoneOf(at) == zone);
    }

    @Override
    public void close() {
      // It is opened again.
    }

    @Override
    public String name() {
      return "member";
    }

    @Override
    public ZonedDevice open(Creation creation) throws IOException {
      if (isAway) {
        throw new IOException("it is away");
      }
      return this;
    }
  }

  private final Member first = new Member();
  private final Member second = new Member();
  private final MemoryMetadataStores stores = new MemoryMetadataStores();
  private final SplittableRandom nonces = new SplittableRandom(5);

  private MirrorZonedDevice open(boolean degraded) throws IOException {
    return MirrorZonedDevice.open(
        List.of(first, second), false, degraded, Creation.IF_EMPTY, false);
  }

  private FaultyVolume mount(MirrorZonedDevice mirror) throws IOException {
    FaultyVolume files = new FaultyVolume(FaultyVolume.small());
    files.use(
        FaultyVolume.mounting(nonces, stores)
            .with(VolumeOptions.DEFAULT)
            .on(
                new FaultyZonedDevice(
                    mirror, new FaultScript(), (RamZonedDevice) first.delegate())));
    return files;
  }

  private MirrorZonedDevice formatted() throws IOException {
    MirrorZonedDevice mirror = open(false);
    new DriveFormat("mirror", new UUID(3, 4)).format(mirror, FaultyVolume.CLOCK, nonces);
    return mirror;
  }

  private static void fill(FaultyVolume files) throws Exception {
    for (int file = 0; file < FILES; file++) {
      files.writeDurably("file" + file, FaultyVolume.random(file, FILE_BYTES));
    }
  }

  private static void check(FaultyVolume files) throws Exception {
    for (int file = 0; file < FILES; file++) {
      assertThat(files.read("file" + file)).isEqualTo(FaultyVolume.random(file, FILE_BYTES));
    }
    assertThat(files.volume().status().lostData()).isEmpty();
  }

  /** Nothing on the drives says that the member that is left is old. */
  @Test
  void anIndexThatIsAheadProvesThatTheMissingMemberHasMore() throws Exception {
    try (MirrorZonedDevice mirror = formatted();
        FaultyVolume files = mount(mirror)) {
      fill(files);
      files.unmount();
    }
    second.isAway = true;
    try (MirrorZonedDevice mirror = open(false);
        FaultyVolume files = mount(mirror)) {
      files.writeDurably("newer", FaultyVolume.random(99, FILE_BYTES));
      files.unmount();
    }
    second.isAway = false;
    first.isAway = true;
    try (MirrorZonedDevice mirror = open(false)) {
      assertThatThrownBy(() -> mount(mirror))
          .hasMessageContaining("so a member of the mirror that is missing has newer data: member")
          .hasMessageContaining("degraded");
    }
    first.isAway = false;
    try (MirrorZonedDevice mirror = open(false);
        FaultyVolume files = mount(mirror)) {
      check(files);
      assertThat(files.read("newer")).isEqualTo(FaultyVolume.random(99, FILE_BYTES));
      assertThat(files.volume().status().errors()).isEmpty();
    }
  }

  /** The user gives up what the missing member has. */
  @Test
  void degradedTakesWhatIsThereForCurrent() throws Exception {
    try (MirrorZonedDevice mirror = formatted();
        FaultyVolume files = mount(mirror)) {
      fill(files);
      files.unmount();
    }
    second.isAway = true;
    try (MirrorZonedDevice mirror = open(false);
        FaultyVolume files = mount(mirror)) {
      files.writeDurably("newer", FaultyVolume.random(99, FILE_BYTES));
      files.unmount();
    }
    second.isAway = false;
    first.isAway = true;
    try (MirrorZonedDevice mirror = open(true);
        FaultyVolume files = mount(mirror)) {
      check(files);
    }
  }

  /** Each block of the zone is on one of the members; the filesystem moves what is in it. */
  @Test
  void dataMoveFromAZoneOfWhichNoMemberHasAll() throws Exception {
    try (MirrorZonedDevice mirror = formatted();
        FaultyVolume files = mount(mirror)) {
      fill(files);
      ZoneView spoiled =
          files.volume().zones().stream()
              .filter(zone -> zone.role().equals("hot") && zone.liveBytes() > 20 * BLOCK)
              .findFirst()
              .orElseThrow();
      int zone = spoiled.descriptor().index();
      long start = spoiled.descriptor().startBytes() + 2 * ZONE;
      first.bad.add(start + 5 * BLOCK);
      second.bad.add(start + 9 * BLOCK);
      check(files);
      mirror.read(spoiled.descriptor().startBytes() + 5 * BLOCK, ByteBuffer.allocate(BLOCK));
      mirror.awaitInStep();
      assertThat(mirror.report(zone, 1).get(0).condition()).isEqualTo(ZoneCondition.READ_ONLY);
      files.volume().checkForFailedZones();
      for (int tries = 0; files.volume().zones().get(zone).liveBytes() > 0; tries++) {
        assertThat(tries).isLessThan(100);
        files.volume().runGc(ProgressListener.NONE);
        files.volume().checkpoint();
      }
      check(files);
    }
    try (MirrorZonedDevice mirror = open(false);
        FaultyVolume files = mount(mirror)) {
      check(files);
      for (int round = 0; !first.bad.isEmpty() || !second.bad.isEmpty(); round++) {
        assertThat(round).as("the zone is written again").isLessThan(200);
        files.writeDurably("again", FaultyVolume.random(round, 4 * FILE_BYTES));
        files.volume().runGc(ProgressListener.NONE);
        files.volume().checkpoint();
      }
      check(files);
      mirror.awaitInStep();
      assertThat(mirror.members()).allMatch(member -> member.differingZones() == 0);
    }
  }
}
