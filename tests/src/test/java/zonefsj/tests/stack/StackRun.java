// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.DevicePart;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.mirror.MemberState;
import zonefsj.device.mirror.MirrorZonedDevice;

/**
 * One random stack and one random sequence of accesses, of one seed. Every access must succeed or
 * be refused as a plain drive does it, while drives of mirrors die and return; after a power loss
 * of all drives the stack must have what a flush has covered, and give the same bytes each time.
 */
final class StackRun {
  private static final int BLOCK = 512;
  private static final int STEPS = 300;

  private final SplittableRandom random;
  private final List<String> history = new ArrayList<>();
  private final StackTree tree;
  private final List<PromisedZone> promised = new ArrayList<>();
  private ZonedDevice device;
  private DeviceGeometry geometry;

  StackRun(long seed) throws IOException {
    this.random = new SplittableRandom(seed);
    int zones = 6 + random.nextInt(10);
    int zoneBlocks = 8 << random.nextInt(4);
    int capacityBlocks = random.nextBoolean() ? zoneBlocks : zoneBlocks - zoneBlocks / 4;
    int active = 6 + random.nextInt(4);
    EmulatedGeometry leaf =
        EmulatedGeometry.builder((long) zones * zoneBlocks * BLOCK)
            .blockSizeBytes(BLOCK)
            .zoneSizeBytes((long) zoneBlocks * BLOCK)
            .zoneCapacityBytes((long) capacityBlocks * BLOCK)
            .maxOpenZones(OptionalInt.of(1 + random.nextInt(active)))
            .maxActiveZones(OptionalInt.of(active))
            .maxAppendBytes(zoneBlocks * BLOCK)
            .build();
    StackTree grown;
    do {
      grown = StackTree.random(random, leaf, 1 + random.nextInt(2));
    } while (2 * grown.labels() + 1 >= zones);
    this.tree = grown;
    history.add(grown + " of " + leaf);
    this.device = tree.open();
    this.geometry = device.geometry();
    for (int zone = 0; zone < geometry.zoneCount(); zone++) {
      promised.add(new PromisedZone());
    }
  }

  /** Plays it; throws an {@link AssertionError} with the history if something is wrong. */
  void play() throws Exception {
    try {
      for (int step = 0; step < STEPS; step++) {
        step();
      }
      if (random.nextBoolean()) {
        crash();
      } else {
        closeAndOpen();
      }
      verify(true);
      device.close();
    } catch (AssertionError | Exception e) {
      List<String> last = history.subList(Math.max(1, history.size() - 25), history.size());
      AssertionError failure =
          new AssertionError(
              e + "\n  after " + history.get(0) + "\n  " + String.join("\n  ", last), e);
      try {
        device.close();
      } catch (IOException unclosed) {
        failure.addSuppressed(unclosed);
      }
      throw failure;
    }
  }

  private void step() throws Exception {
    int dice = random.nextInt(100);
    int zone = random.nextInt(geometry.zoneCount());
    if (dice < 55) {
      append(zone);
    } else if (dice < 65) {
      compare(zone);
    } else if (dice < 75) {
      note("flush");
      device.flush();
      promised.forEach(PromisedZone::flush);
    } else if (dice < 85) {
      note("reset " + zone);
      device.reset(zone);
      promised.get(zone).reset();
    } else if (dice < 89) {
      note("finish " + zone);
      finish(zone);
    } else if (dice < 95) {
      hurt();
    } else if (dice < 97) {
      closeAndOpen();
    } else {
      verify(false);
    }
  }

  private void append(int zone) throws IOException {
    ZoneDescriptor before = device.report(zone, 1).get(0);
    long room = before.remainingBytes() / BLOCK;
    if (room == 0) {
      return;
    }
    int blocks = 1 + random.nextInt((int) Math.min(room, geometry.maxAppendBytes() / BLOCK));
    byte[] bytes = new byte[blocks * BLOCK];
    random.nextBytes(bytes);
    note("append " + blocks + " to " + zone);
    try {
      long at = device.append(zone, ByteBuffer.wrap(bytes));
      demand(at == before.writePointerBytes(), "appended at " + at + " and not at " + before);
      promised.get(zone).write(bytes);
      if (blocks == room) {
        promised.get(zone).finish();
      }
    } catch (DeviceException e) {
      boolean limits =
          e.reason() == DeviceException.Reason.TOO_MANY_ACTIVE
              && activeZones() == geometry.maxActiveZones().orElse(Integer.MAX_VALUE);
      demand(limits, "refused: " + e);
    }
  }

  private void finish(int zone) throws IOException {
    device.finish(zone);
    promised.get(zone).finish();
  }

  private long activeZones() throws IOException {
    return device.report(0, geometry.zoneCount()).stream()
        .filter(zone -> zone.condition().isActive())
        .count();
  }

  /** Lets a drive die if the others have everything; or gives one back. */
  private void hurt() throws Exception {
    List<StackTree.Mirror> mirrors = tree.mirrors();
    if (mirrors.isEmpty()) {
      return;
    }
    List<LeafSlot> doomed = tree.leaves().stream().filter(LeafSlot::isDoomed).toList();
    if (doomed.isEmpty()) {
      StackTree.Mirror mirror = mirrors.get(random.nextInt(mirrors.size()));
      List<LeafSlot> leaves = mirror.leaves();
      awaitInStep();
      if (!allCurrent(device)) {
        throw new AssertionError("not all members are current: " + DevicePart.of(device));
      }
      LeafSlot leaf = leaves.get(random.nextInt(leaves.size()));
      long accesses = random.nextInt(40);
      note("a drive dies after " + accesses + " accesses");
      leaf.doom(accesses);
      return;
    }
    LeafSlot leaf = doomed.get(0);
    if (!leaf.isDead()) {
      return;
    }
    boolean isMember =
        mirrors.stream()
            .flatMap(mirror -> mirror.parts().stream())
            .anyMatch(part -> part instanceof StackTree.Single one && one.slot() == leaf);
    if (!isMember || random.nextBoolean()) {
      note("the drive is back");
      leaf.revive();
    } else {
      note("an empty drive takes its place");
      leaf.replace();
    }
    awaitInStep();
  }

  /** Waits until every mirror has all its members again, as far as these are there. */
  private void awaitInStep() throws Exception {
    awaitInStep(device);
  }

  private static void awaitInStep(ZonedDevice device) throws Exception {
    if (device instanceof MirrorZonedDevice mirror) {
      mirror.awaitInStep();
    }
    if (device instanceof StackedDevice stacked) {
      for (StackedDevice.Below below : stacked.below()) {
        ZonedDevice part = below.device();
        if (part != null) {
          awaitInStep(part);
        }
      }
    }
  }

  private static boolean allCurrent(ZonedDevice device) {
    if (device instanceof MirrorZonedDevice mirror
        && mirror.members().stream()
            .anyMatch(member -> member.standing() != MemberState.Standing.CURRENT)) {
      return false;
    }
    return !(device instanceof StackedDevice stacked)
        || stacked.below().stream()
            .allMatch(below -> below.device() != null && allCurrent(below.device()));
  }

  private void closeAndOpen() throws IOException {
    note("close and open");
    device.close();
    // A close lets nobody wait for a flush, but no power is lost here.
    device = tree.open();
    geometry = device.geometry();
  }

  private void crash() throws IOException {
    note("power loss");
    ZonedDevice lost = device;
    for (LeafSlot leaf : tree.leaves()) {
      if (!leaf.isDead()) {
        // A power loss and a death at once are two faults: what no flush has covered may then be
        // that of one member first, and that of another one afterwards.
        leaf.revive();
      }
      leaf.cut(random.nextLong());
    }
    device = tree.open();
    try {
      lost.close();
    } catch (IOException powerless) {
      note("the lost stack: " + powerless.getMessage());
    }
    for (int zone = 0; zone < geometry.zoneCount(); zone++) {
      ZoneDescriptor found = device.report(zone, 1).get(0);
      byte[] bytes = bytes(found);
      String difference =
          promised.get(zone).difference(bytes, found.condition() == ZoneCondition.FULL);
      demand(difference.isEmpty(), "zone " + zone + ": " + difference);
    }
  }

  /** Reads everything twice, and after all members are in step, and after another open. */
  private void verify(boolean atEnd) throws IOException {
    List<byte[]> first = allBytes();
    demandSame(first, allBytes(), "a second read");
    if (atEnd) {
      device.close();
      device = tree.open();
      demandSame(first, allBytes(), "another open");
    }
  }

  private static void demandSame(List<byte[]> one, List<byte[]> two, String what) {
    for (int zone = 0; zone < one.size(); zone++) {
      demand(
          Arrays.equals(one.get(zone), two.get(zone)),
          what
              + " gives other bytes of zone "
              + zone
              + ", "
              + one.get(zone).length
              + " and "
              + two.get(zone).length
              + ", from "
              + Arrays.mismatch(one.get(zone), two.get(zone)));
    }
  }

  private List<byte[]> allBytes() throws IOException {
    List<byte[]> all = new ArrayList<>();
    for (ZoneDescriptor zone : device.report(0, geometry.zoneCount())) {
      byte[] bytes = bytes(zone);
      // What a finished zone has beyond its data is nobody's, and nothing tells where that begins.
      boolean hasTail = tree.encrypts() && zone.condition() == ZoneCondition.FULL;
      int length = hasTail ? promised.get(zone.index()).flushedBytes() : bytes.length;
      all.add(Arrays.copyOf(bytes, length));
    }
    return all;
  }

  private byte[] bytes(ZoneDescriptor zone) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) zone.writtenBytes());
    device.read(zone.startBytes(), bytes);
    return bytes.array();
  }

  private void compare(int zone) throws IOException {
    ZoneDescriptor found = device.report(zone, 1).get(0);
    String difference =
        promised.get(zone).present(bytes(found), found.condition() == ZoneCondition.FULL);
    demand(difference.isEmpty(), "zone " + zone + ": " + difference);
  }

  private void note(String what) {
    history.add(what);
  }

  private static void demand(boolean condition, String words) {
    if (!condition) {
      throw new AssertionError(words);
    }
  }
}
