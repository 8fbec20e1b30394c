// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.spec.DeviceSpecException;

/**
 * One random stack and one random sequence of accesses, of one seed. Every access must succeed or
 * be refused as a plain drive does it, while drives of mirrors die and return; after a power loss
 * of all drives the stack must have what a flush has covered, and give the same bytes each time.
 * What is below a layer must never change, until the layer is merged into it.
 */
final class StackRun {
  private static final int BLOCK = 512;
  private static final int STEPS = 300;
  private static final int STEPS_BEFORE_LAYERS = 20;
  private static final long LONGEST_CLOSE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final SplittableRandom random;
  private final List<String> history = new ArrayList<>();
  private final Power power = new Power();
  private final StackTree tree;
  private final StackLayers layers;
  private final StackDeaths deaths;
  private final StackContent content;
  private ZonedDevice device;
  private DeviceGeometry geometry;

  /**
   * @param directory for the files of layers
   */
  StackRun(long seed, Path directory) throws IOException {
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
      grown = new StackGrower(leaf, power, directory).grow(random, 1 + random.nextInt(3));
    } while (2 * grown.labels() + 1 >= zones);
    this.tree = grown;
    this.layers = new StackLayers(tree);
    this.deaths = new StackDeaths(tree, layers, random, this::note);
    history.add(grown + " of " + leaf);
    this.device = tree.open(DeviceAccess.READ_WRITE);
    this.geometry = device.geometry();
    this.content = new StackContent(geometry.zoneCount(), tree.encrypts());
  }

  /** Plays it; throws an {@link AssertionError} with the history if something is wrong. */
  void play() throws Exception {
    try {
      if (!layers.isEmpty()) {
        beginLayers();
      }
      for (int step = 0; step < STEPS; step++) {
        step();
      }
      if (random.nextBoolean()) {
        crash();
      } else {
        closeAndOpen();
      }
      verify(true);
      if (!layers.isEmpty()) {
        endLayers();
      }
      device.close();
      awaitClosed();
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

  /** A member that did not answer is closed beside the mirror. */
  private void awaitClosed() throws InterruptedException {
    long end = System.nanoTime() + LONGEST_CLOSE_NANOS;
    while (!tree.leaves().stream().allMatch(LeafSlot::isClosed)) {
      Demands.that(System.nanoTime() - end < 0, "a drive was left open");
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  /** Writes something that is then below the layers. */
  private void beginLayers() throws IOException {
    for (int step = 0; step < STEPS_BEFORE_LAYERS; step++) {
      int zone = random.nextInt(geometry.zoneCount());
      if (random.nextInt(6) == 0) {
        note("finish " + zone);
        finish(zone);
      } else {
        append(zone);
      }
    }
    device.flush();
    device.close();
    note("layers begin");
    layers.begin();
    content.begin();
    open();
  }

  /** Nothing, or what is below the layers gets their changes, or nobody gets them. */
  private void endLayers() throws IOException {
    int end = random.nextInt(3);
    if (end == 0) {
      return;
    }
    List<byte[]> before = content.readData(device);
    close();
    if (end == 1) {
      layers.commit(random, power, this::note);
      open();
      StackContent.demandSame(before, content.readData(device), "a merge");
    } else {
      note("drop");
      layers.drop();
      content.forget();
      open();
      content.compare(device);
    }
  }

  private void step() throws Exception {
    int dice = random.nextInt(100);
    int zone = random.nextInt(geometry.zoneCount());
    if (dice < 55) {
      append(zone);
    } else if (dice < 65) {
      content.compare(device, zone);
    } else if (dice < 75) {
      note("flush");
      device.flush();
      content.flush();
    } else if (dice < 85) {
      note("reset " + zone);
      device.reset(zone);
      content.zone(zone).reset();
    } else if (dice < 89) {
      note("finish " + zone);
      finish(zone);
    } else if (dice < 95) {
      if (!deaths.areMirrorsWhole(device)) {
        closeAndOpen();
      }
      deaths.next(device);
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
      Demands.that(at == before.writePointerBytes(), "appended at " + at + " and not at " + before);
      content.zone(zone).write(bytes);
      if (blocks == room) {
        content.zone(zone).finish();
      }
    } catch (DeviceException e) {
      boolean limits =
          e.reason() == DeviceException.Reason.TOO_MANY_ACTIVE
              && activeZones() == geometry.maxActiveZones().orElse(Integer.MAX_VALUE);
      Demands.that(limits, "refused: " + e);
    }
  }

  private void finish(int zone) throws IOException {
    device.finish(zone);
    content.zone(zone).finish();
  }

  private long activeZones() throws IOException {
    return device.report(0, geometry.zoneCount()).stream()
        .filter(zone -> zone.condition().isActive())
        .count();
  }

  private void open() throws IOException {
    device = tree.open(DeviceAccess.READ_WRITE);
    geometry = device.geometry();
    tree.leaves().forEach(LeafSlot::noteOpened);
  }

  private void close() throws IOException {
    device.close();
    layers.checkBelow();
    if (tree.forgets()) {
      content.forget();
    }
  }

  private void closeAndOpen() throws IOException {
    note("close and open");
    // A close lets nobody wait for a flush, but no power is lost here.
    close();
    open();
  }

  private void crash() throws IOException {
    note("power loss");
    ZonedDevice lost = device;
    power.lose();
    for (LeafSlot leaf : tree.leaves()) {
      if (!leaf.isDead()) {
        // A power loss and a death at once are two faults: what no flush has covered may then be
        // that of one member first, and that of another one afterwards.
        leaf.revive();
      }
      leaf.cut(random.nextLong());
    }
    for (Layered layer : tree.layers()) {
      layer.cut(random.nextLong());
    }
    layers.checkBelow();
    try {
      open();
    } catch (DeviceSpecException unknown) {
      // No access that counts had shown to its mirror that a drive was dead.
      note("refused: " + unknown.getMessage());
      tree.leaves().forEach(LeafSlot::revive);
      openRevived();
    }
    try {
      lost.close();
    } catch (IOException powerless) {
      note("the lost stack: " + powerless.getMessage());
    }
    if (tree.forgets()) {
      content.forget();
      content.compare(device);
    } else {
      content.comparePowerless(device);
    }
  }

  private void openRevived() throws IOException {
    try {
      open();
    } catch (DeviceSpecException stillUnknown) {
      // Nor that an empty one had taken its place; the user knows it.
      note("refused: " + stillUnknown.getMessage());
      tree.leaves().forEach(LeafSlot::giveUpReplaced);
      open();
    }
  }

  /** Reads everything twice, and after all members are in step, and after another open. */
  private void verify(boolean atEnd) throws IOException {
    List<byte[]> first = content.read(device);
    StackContent.demandSame(first, content.read(device), "a second read");
    if (atEnd) {
      close();
      open();
      if (tree.forgets()) {
        content.compare(device);
      } else {
        StackContent.demandSame(first, content.read(device), "another open");
      }
    }
  }

  private void note(String what) {
    history.add(what);
  }
}
