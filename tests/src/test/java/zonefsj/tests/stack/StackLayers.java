// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.io.Serial;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/** The layers of a tree: their beginning and end, and what is below them. Not thread-safe. */
final class StackLayers {
  private final StackTree tree;
  private final List<LeafSlot> below;

  StackLayers(StackTree tree) {
    this.tree = tree;
    this.below =
        tree.layers().stream().flatMap(layer -> layer.leaves().stream()).distinct().toList();
  }

  boolean isEmpty() {
    return below.isEmpty();
  }

  /** Whether a drive is below a layer. */
  boolean cover(LeafSlot leaf) {
    return below.contains(leaf);
  }

  /** Begins all layers, while the tree is closed. */
  void begin() throws IOException {
    for (Layered layer : tree.layers()) {
      layer.begin();
    }
    for (LeafSlot leaf : below) {
      leaf.remember();
    }
  }

  /** Demands that nothing below the layers has changed. */
  void checkBelow() throws IOException {
    for (int at = 0; at < below.size(); at++) {
      Demands.that(below.get(at).isAsRemembered(), "drive " + at + " below a layer has changed");
    }
  }

  private List<Layered.Kept> kept() {
    return tree.layers().stream()
        .filter(layer -> layer instanceof Layered.Kept one && one.hasLayer())
        .map(Layered.Kept.class::cast)
        .toList();
  }

  /** Drops all layers that last, while the tree is closed. Those in memory are gone already. */
  void drop() throws IOException {
    for (Layered.Kept layer : kept()) {
      layer.drop();
    }
    checkBelow();
  }

  /**
   * Merges layers into what is below them, while the tree is closed; first some of them, as far as
   * not all are.
   */
  void commit(SplittableRandom random, Power power, Consumer<String> note) throws IOException {
    for (Layered.Kept layer : kept()) {
      // A merge into a drive that forgets is gone with its close.
      if (!layer.part().forgets() && random.nextInt(4) != 0) {
        commit(layer, random, power, note);
      }
    }
  }

  private static void commit(
      Layered.Kept layer, SplittableRandom random, Power power, Consumer<String> note)
      throws IOException {
    List<LeafSlot> ofMirrors =
        layer.part().mirrors().stream().flatMap(mirror -> mirror.leaves().stream()).toList();
    layer.leaves().stream().filter(leaf -> !ofMirrors.contains(leaf)).forEach(LeafSlot::revive);
    if (random.nextBoolean()) {
      List<byte[]> before = read(layer);
      merge(layer, random, random.nextInt(10 << random.nextInt(5)), power, note);
      if (!layer.hasLayer()) {
        return;
      }
      StackContent.demandSame(before, read(layer), "a layer whose merge was interrupted");
    }
    merge(layer, random, Long.MAX_VALUE, power, note);
  }

  /**
   * Merges, until the process ends, perhaps with the power of all its drives; a file is whole.
   *
   * @param accesses of the drive below until then
   */
  private static void merge(
      Layered.Kept layer,
      SplittableRandom random,
      long accesses,
      Power power,
      Consumer<String> note)
      throws IOException {
    note.accept("commit " + layer + ", at most " + accesses + " accesses");
    ZonedDevice base = layer.part().open(DeviceAccess.READ_WRITE);
    try {
      layer.commit(new Ending(base, accesses), (done, total) -> {});
    } catch (Ending.EndedException ended) {
      note.accept(ended.getMessage());
    }
    // A drive that has lost its power once cannot do that again.
    if (random.nextBoolean() && layer.leaves().stream().allMatch(LeafSlot::canLosePower)) {
      note.accept("power loss");
      power.lose();
      for (LeafSlot leaf : layer.leaves()) {
        leaf.cut(random.nextLong());
      }
    }
    try {
      base.close();
    } catch (IOException powerless) {
      note.accept("the lost base: " + powerless.getMessage());
    }
  }

  private static List<byte[]> read(Layered layer) throws IOException {
    try (ZonedDevice device = layer.open(DeviceAccess.READ_ONLY)) {
      List<byte[]> zones = new ArrayList<>();
      for (ZoneDescriptor zone : device.report(0, device.geometry().zoneCount())) {
        ByteBuffer bytes = ByteBuffer.allocate((int) zone.writtenBytes());
        device.read(zone.startBytes(), bytes);
        zones.add(bytes.array());
      }
      return zones;
    }
  }

  /** A drive that is not used any more after so many accesses. */
  private static final class Ending extends GuardedDrive {
    private long left;

    /** The end of the process. */
    private static final class EndedException extends IOException {
      @Serial private static final long serialVersionUID = 1;

      EndedException() {
        super("the process ends");
      }
    }

    Ending(ZonedDevice delegate, long accesses) {
      super(delegate);
      this.left = accesses;
    }

    @Override
    void begin() throws IOException {
      if (left == 0) {
        throw new EndedException();
      }
      left--;
    }

    @Override
    void end() {}
  }
}
