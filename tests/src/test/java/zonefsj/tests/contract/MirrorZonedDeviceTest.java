// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.StripedZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.Fault;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.mirror.MemberSource;
import zonefsj.device.mirror.MemberState.Standing;
import zonefsj.device.mirror.MirrorZonedDevice;
import zonefsj.device.spec.Creation;

/** A mirror keeps the contract, with all members and with one that is left. */
class MirrorZonedDeviceTest extends ConcurrentAccessContractTest {
  private static final int LABEL_ZONES = 2;
  private static final int PART_ZONES = 18;

  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) throws IOException {
    EmulatedGeometry part = PartGeometry.ofMember(geometry);
    return MirrorZonedDevice.open(
        List.of(new Slot(RamZonedDevice.create(part)), new Slot(RamZonedDevice.create(part))),
        false,
        Creation.IF_EMPTY);
  }

  /** A place for a drive, which stays there when it is closed, and can be replaced. */
  private static final class Slot implements MemberSource {
    private volatile @Nullable ZonedDevice drive;

    Slot(@Nullable ZonedDevice drive) {
      this.drive = drive;
    }

    void put(@Nullable ZonedDevice other) {
      drive = other;
    }

    @Override
    public String name() {
      return "slot";
    }

    @Override
    public ZonedDevice open(Creation creation) throws IOException {
      ZonedDevice there = drive;
      if (there == null) {
        throw new IOException("the slot is empty");
      }
      return new Kept(there);
    }
  }

  private static final class Kept extends FilterZonedDevice {
    Kept(ZonedDevice delegate) {
      super(delegate);
    }

    @Override
    public void close() {
      // The test needs the drive again.
    }
  }

  private static RamZonedDevice part() {
    return RamZonedDevice.create(
        EmulatedGeometry.builder(PART_ZONES * 64L * 4096)
            .zoneSizeBytes(64 * 4096)
            .zoneCapacityBytes(48 * 4096)
            .maxOpenZones(OptionalInt.of(3))
            .maxActiveZones(OptionalInt.of(6))
            .build());
  }

  private static MirrorZonedDevice open(Slot... slots) throws IOException {
    return MirrorZonedDevice.open(List.of(slots), false, Creation.IF_EMPTY);
  }

  private static List<Standing> standings(MirrorZonedDevice mirror) {
    return mirror.members().stream().map(member -> member.standing()).toList();
  }

  /** It is shorter than the other member then, and cannot take what it lacks. */
  @Test
  void aStripeThatLosesItsTailIsTakenOut() throws IOException {
    for (boolean bothFail : new boolean[] {false, true}) {
      FaultScript ofStripe = new FaultScript();
      FaultScript ofOther = new FaultScript();
      RamZonedDevice lossy = stripePart();
      ZonedDevice stripe =
          StripedZonedDevice.of(
              List.of(stripePart(), new FaultyZonedDevice(lossy, ofStripe, lossy)),
              4096,
              false,
              Creation.IF_EMPTY);
      RamZonedDevice other = part();
      try (MirrorZonedDevice mirror =
          open(new Slot(stripe), new Slot(new FaultyZonedDevice(other, ofOther, other)))) {
        mirror.append(0, blocks(8, 1));
        ofStripe.on(DeviceOperation.WRITE, 1, new Fault.LoseTail(2));
        if (bothFail) {
          ofOther.fail(DeviceOperation.WRITE, 1, Reason.MEDIA);
          assertThatThrownBy(() -> mirror.append(0, blocks(8, 2))).isInstanceOf(IOException.class);
        } else {
          mirror.append(0, blocks(8, 2));
        }
        int pointer = bothFail ? 8 : 16;
        assertThat(mirror.report(0, 1).get(0).writtenBytes()).isEqualTo(pointer * 4096L);
        assertThat(standings(mirror).get(0)).isNotEqualTo(Standing.CURRENT);
        check(mirror, 0, 8, 1);
        mirror.append(0, blocks(8, 3));
        assertThat(Devices.read(mirror, pointer * 4096L, 8 * 4096))
            .isEqualTo(Devices.bytes(blocks(8, 3)));
      }
    }
  }

  private static RamZonedDevice stripePart() {
    return RamZonedDevice.create(
        EmulatedGeometry.builder((PART_ZONES + 2) * 32L * 4096)
            .zoneSizeBytes(32 * 4096)
            .zoneCapacityBytes(24 * 4096)
            .build());
  }

  private void check(ZonedDevice device, int zone, int blocks, long seed) throws IOException {
    assertThat(Devices.read(device, device.geometry().zoneStartBytes(zone), blocks * 4096))
        .isEqualTo(Devices.bytes(blocks(blocks, seed)));
  }

  private static void checkSame(RamZonedDevice one, RamZonedDevice two) throws IOException {
    for (int zone = LABEL_ZONES; zone < PART_ZONES; zone++) {
      assertThat(two.report(zone, 1).get(0).writtenBytes())
          .as("zone %d", zone)
          .isEqualTo(one.report(zone, 1).get(0).writtenBytes());
      long start = one.geometry().zoneStartBytes(zone);
      assertThat(
              Arrays.equals(
                  Devices.read(two, start, 64 * 4096), Devices.read(one, start, 64 * 4096)))
          .as("zone %d", zone)
          .isTrue();
    }
  }

  @Test
  void aMemberThatDiesIsNotMissed() throws Exception {
    RamZonedDevice stays = part();
    RamZonedDevice dies = part();
    FaultScript faults = new FaultScript();
    Slot slot = new Slot(new FaultyZonedDevice(dies, faults, dies));
    try (MirrorZonedDevice mirror = open(new Slot(stays), slot)) {
      mirror.append(0, blocks(5, 1));
      mirror.flush();
      for (DeviceOperation operation : DeviceOperation.values()) {
        faults.failFrom(operation, 1, Reason.MEDIA);
      }
      slot.put(null);
      mirror.append(0, blocks(5, 2));
      mirror.append(3, blocks(2, 3));
      mirror.flush();
      check(mirror, 3, 2, 3);
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.MISSING);
      mirror.reset(3);
      mirror.append(3, blocks(4, 4));
      mirror.finish(4);
      mirror.flush();
      // The drive is back, with what it had.
      slot.put(dies);
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.CURRENT);
      checkSame(stays, dies);
      mirror.append(3, blocks(4, 5));
      checkSame(stays, dies);
    }
    try (MirrorZonedDevice mirror = open(new Slot(null), new Slot(dies))) {
      check(mirror, 3, 4, 4);
      assertThat(mirror.report(4, 1).get(0).condition()).isEqualTo(ZoneCondition.FULL);
    }
  }

  @Test
  void anEmptyDriveReplacesAMember() throws Exception {
    RamZonedDevice first = part();
    RamZonedDevice second = part();
    Slot slot = new Slot(second);
    try (MirrorZonedDevice mirror = open(new Slot(first), slot)) {
      for (int zone = 0; zone < 10; zone++) {
        mirror.append(zone, blocks(32, zone));
        mirror.finish(zone);
      }
      mirror.append(11, blocks(7, 11));
    }
    RamZonedDevice third = part();
    try (MirrorZonedDevice mirror = open(new Slot(third), new Slot(second))) {
      mirror.append(11, blocks(3, 12));
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.CURRENT);
      checkSame(second, third);
    }
    // The first one is of yesterday.
    try (MirrorZonedDevice mirror = open(new Slot(third), new Slot(null))) {
      check(mirror, 5, 32, 5);
    }
    assertThatThrownBy(() -> open(new Slot(null), new Slot(null)))
        .hasMessageContaining("the slot is empty");
  }

  @Test
  void aMemberThatWasLeftBehindIsNeverServed() throws Exception {
    RamZonedDevice first = part();
    RamZonedDevice second = part();
    Slot slot = new Slot(second);
    try (MirrorZonedDevice mirror = open(new Slot(first), slot)) {
      mirror.append(0, blocks(5, 1));
    }
    try (MirrorZonedDevice mirror = open(new Slot(first), new Slot(null))) {
      mirror.reset(0);
      mirror.append(0, blocks(5, 2));
    }
    try (MirrorZonedDevice mirror = open(new Slot(second), new Slot(first))) {
      check(mirror, 0, 5, 2);
      mirror.awaitInStep();
      check(mirror, 0, 5, 2);
      checkSame(first, second);
    }
  }

  @Test
  void membersThatWereWrittenApartAreRefused() throws Exception {
    RamZonedDevice first = part();
    RamZonedDevice second = part();
    open(new Slot(first), new Slot(second)).close();
    for (Slot[] alone :
        new Slot[][] {
          {new Slot(first), new Slot(null)}, {new Slot(null), new Slot(second)},
        }) {
      try (MirrorZonedDevice mirror = open(alone)) {
        mirror.append(0, blocks(1, 1));
      }
    }
    assertThatThrownBy(() -> open(new Slot(first), new Slot(second)))
        .hasMessageContaining("were each written without the other");
    RamZonedDevice other = part();
    open(new Slot(other), new Slot(part())).close();
    assertThatThrownBy(() -> open(new Slot(first), new Slot(other)))
        .hasMessageContaining("is member 1 of 2 of mirror");
    assertThatThrownBy(
            () -> MirrorZonedDevice.open(List.of(new Slot(part())), false, Creation.NONE))
        .hasMessageContaining("is no member of a mirror");
  }

  @Test
  void membersAreBroughtTogetherAfterACrash() throws Exception {
    RamZonedDevice first = part();
    RamZonedDevice second = part();
    MirrorZonedDevice crashed = open(new Slot(first), new Slot(second));
    crashed.append(0, blocks(5, 1));
    crashed.append(1, blocks(5, 1));
    crashed.append(3, blocks(5, 1));
    crashed.flush();
    // What one member has and the other one has lost.
    first.append(LABEL_ZONES, blocks(2, 2));
    second.append(LABEL_ZONES + 1, blocks(3, 3));
    first.append(LABEL_ZONES + 2, blocks(3, 3));
    first.finish(LABEL_ZONES + 3);
    // What both have, and differently: no flush has covered it.
    first.append(LABEL_ZONES + 5, blocks(3, 6));
    second.append(LABEL_ZONES + 5, blocks(3, 7));
    try (MirrorZonedDevice mirror = open(new Slot(first), new Slot(second))) {
      assertThat(mirror.report(0, 1).get(0).writtenBytes()).isEqualTo(7L * 4096);
      assertThat(mirror.report(1, 1).get(0).writtenBytes()).isEqualTo(8L * 4096);
      assertThat(mirror.report(2, 1).get(0).writtenBytes()).isEqualTo(3L * 4096);
      assertThat(mirror.report(3, 1).get(0).condition()).isEqualTo(ZoneCondition.FULL);
      byte[] before = Devices.read(mirror, mirror.geometry().zoneStartBytes(5), 3 * 4096);
      mirror.awaitInStep();
      checkSame(first, second);
      assertThat(Devices.read(mirror, mirror.geometry().zoneStartBytes(5), 3 * 4096))
          .isEqualTo(before);
    }
  }

  /** The members of a zone that is reset while it is compared differ for no reason of their own. */
  @Test
  void aResetAmidTheComparisonTakesNoMemberOut() throws Exception {
    RamZonedDevice first = part();
    RamZonedDevice second = part();
    MirrorZonedDevice crashed = open(new Slot(first), new Slot(second));
    crashed.append(3, blocks(5, 1));
    crashed.flush();
    BlockingQueue<MirrorZonedDevice> opened = new LinkedBlockingQueue<>();
    Set<Standing> seen = ConcurrentHashMap.newKeySet();
    AtomicInteger resets = new AtomicInteger();
    Slot amid =
        new Slot(
            new FilterZonedDevice(second) {
              @Override
              public void read(long positionBytes, ByteBuffer destination) throws IOException {
                boolean compares =
                    Thread.currentThread().getName().equals("mirror-sync")
                        && geometry().zoneOf(positionBytes) == LABEL_ZONES + 3;
                if (compares) {
                  try {
                    MirrorZonedDevice mirror = opened.take();
                    opened.add(mirror);
                    if (resets.getAndIncrement() < 3) {
                      mirror.reset(3);
                      mirror.append(3, blocks(5, 10 + resets.get()));
                    }
                    seen.addAll(standings(mirror));
                  } catch (InterruptedException e) {
                    throw new IOException(e);
                  }
                }
                super.read(positionBytes, destination);
              }
            });
    try (MirrorZonedDevice mirror = open(new Slot(first), amid)) {
      opened.add(mirror);
      mirror.awaitInStep();
      assertThat(resets).hasValueGreaterThan(3);
      assertThat(seen).containsExactlyInAnyOrder(Standing.CURRENT, Standing.COMPARING);
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.CURRENT);
      check(mirror, 3, 5, 13);
      checkSame(first, second);
    }
    crashed.close();
  }

  @Test
  void aFailedZoneOfOneMemberIsReadOnlyAndItsDataAreThere() throws Exception {
    RamZonedDevice first = part();
    RamZonedDevice second = part();
    try (MirrorZonedDevice mirror = open(new Slot(first), new Slot(second))) {
      for (int zone = 0; zone < 2; zone++) {
        mirror.append(zone, blocks(5, 1));
      }
      first.setOffline(LABEL_ZONES);
      second.setReadOnly(LABEL_ZONES + 1);
      for (int zone = 0; zone < 2; zone++) {
        int number = zone;
        check(mirror, zone, 5, 1);
        assertThatThrownBy(() -> mirror.append(number, blocks(5, 2)))
            .isInstanceOf(IOException.class);
        assertThat(mirror.report(zone, 1).get(0).condition()).isEqualTo(ZoneCondition.READ_ONLY);
        check(mirror, zone, 5, 1);
      }
      mirror.append(7, blocks(5, 7));
      mirror.awaitInStep();
      assertThat(mirror.members()).noneMatch(member -> member.standing() == Standing.MISSING);
    }
  }

  @Test
  void whatCannotBeReadIsWrittenAnew() throws Exception {
    RamZonedDevice first = part();
    RamZonedDevice second = part();
    FaultScript faults = new FaultScript();
    try (MirrorZonedDevice mirror =
        open(new Slot(new FaultyZonedDevice(first, faults, first)), new Slot(second))) {
      mirror.append(0, blocks(5, 1));
      mirror.append(2, blocks(5, 2));
      faults.failFrom(DeviceOperation.READ, 1, Reason.MEDIA);
      check(mirror, 0, 5, 1);
      check(mirror, 2, 5, 2);
      List<Long> failed = new ArrayList<>();
      mirror.members().forEach(member -> failed.add(member.failedReads()));
      assertThat(failed).containsExactly(2L, 0L);
    }
  }

  @Test
  void aDriveWithAFailedZoneServesWhatItHasAndIsNeverTakenForWhole() throws Exception {
    RamZonedDevice first = part();
    open(new Slot(first), new Slot(part())).close();
    RamZonedDevice worn = part();
    worn.setOffline(LABEL_ZONES + 4);
    try (MirrorZonedDevice mirror = open(new Slot(first), new Slot(worn))) {
      mirror.append(4, blocks(5, 1));
      mirror.append(5, blocks(5, 2));
      mirror.flush();
      mirror.awaitInStep();
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.BEHIND);
      mirror.append(4, blocks(5, 3));
      check(mirror, 5, 5, 2);
    }
    assertThatThrownBy(() -> open(new Slot(null), new Slot(worn)))
        .hasMessageContaining("the members that have everything are missing");
  }

  @Test
  void theCopyOfAnOlderStateIsNotCurrent() throws Exception {
    RamZonedDevice first = part();
    RamZonedDevice second = part();
    try (MirrorZonedDevice mirror = open(new Slot(first), new Slot(second))) {
      mirror.append(0, blocks(9, 1));
    }
    RamZonedDevice copy = first.snapshot();
    try (MirrorZonedDevice mirror = open(new Slot(first), new Slot(second))) {
      mirror.reset(0);
      mirror.append(0, blocks(5, 2));
    }
    try (MirrorZonedDevice mirror = open(new Slot(copy), new Slot(second))) {
      check(mirror, 0, 5, 2);
      mirror.awaitInStep();
      check(mirror, 0, 5, 2);
      assertThat(standings(mirror)).containsExactly(Standing.CURRENT, Standing.CURRENT);
      checkSame(second, copy);
    }
  }

  @Test
  void aMemberThatCannotBeOpenedKeepsTheOthersFromBeingErased() throws IOException {
    RamZonedDevice first = part();
    first.append(7, blocks(5, 1));
    assertThatThrownBy(
            () ->
                MirrorZonedDevice.open(
                    List.of(new Slot(first), new Slot(null)), false, Creation.ERASE))
        .hasMessageContaining("the slot is empty");
    assertThat(first.report(7, 1).get(0).writtenBytes()).isEqualTo(5L * block);
  }
}
