// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import zonefsj.device.DevicePart;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.mirror.MemberState;
import zonefsj.device.mirror.MirrorZonedDevice;

/**
 * Lets one drive of a mirror at a time die, and return. A mirror below a layer is only read: nobody
 * brings its members up to date, and one that is back is seen at the next open.
 */
final class StackDeaths {
  private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final StackTree tree;
  private final StackLayers layers;
  private final SplittableRandom random;
  private final Consumer<String> note;

  StackDeaths(StackTree tree, StackLayers layers, SplittableRandom random, Consumer<String> note) {
    this.tree = tree;
    this.layers = layers;
    this.random = random;
    this.note = note;
  }

  /** Whether the tree must not be opened again before the next death. */
  boolean areMirrorsWhole(ZonedDevice device) throws Exception {
    if (tree.mirrors().isEmpty() || !doomed().isEmpty()) {
      return true;
    }
    if (tree.leaves().stream().anyMatch(LeafSlot::isReplaced)) {
      // A mirror that writes nothing to a store does not learn that another one is there.
      return false;
    }
    awaitInStep(device);
    if (!areCurrent(device, stacked -> !isLayer(stacked))) {
      throw new AssertionError("not all members are current: " + DevicePart.of(device));
    }
    return areCurrent(device, stacked -> true);
  }

  /** Lets a drive die if the others have everything; or gives one back. */
  void next(ZonedDevice device) throws Exception {
    List<StackTree.Mirror> mirrors = tree.mirrors();
    if (mirrors.isEmpty()) {
      return;
    }
    List<LeafSlot> doomed = doomed();
    if (doomed.isEmpty()) {
      List<LeafSlot> leaves = mirrors.get(random.nextInt(mirrors.size())).leaves();
      awaitAllCurrent(device);
      LeafSlot leaf = leaves.get(random.nextInt(leaves.size()));
      long accesses = random.nextInt(40);
      note.accept("a drive dies after " + accesses + " accesses");
      leaf.doom(accesses);
    } else if (doomed.get(0).isDead()) {
      giveBack(doomed.get(0));
      awaitInStep(device);
    }
  }

  private List<LeafSlot> doomed() {
    return tree.leaves().stream().filter(LeafSlot::isDoomed).toList();
  }

  private void giveBack(LeafSlot leaf) throws IOException {
    // A layer belongs to the drive that it began over.
    boolean isMember =
        !layers.cover(leaf)
            && tree.mirrors().stream()
                .flatMap(mirror -> mirror.parts().stream())
                .anyMatch(part -> part instanceof StackTree.Single one && one.slot() == leaf);
    if (!isMember || random.nextBoolean()) {
      note.accept("the drive is back");
      leaf.revive();
    } else {
      note.accept("an empty drive takes its place");
      leaf.replace();
    }
  }

  /**
   * Waits until every mirror has all its members, which are there. A store keeps what is written in
   * memory, so only a flush shows that it was away or replaced; and a drive that is not closed yet
   * keeps the one that takes its place waiting.
   */
  private static void awaitAllCurrent(ZonedDevice device) throws IOException, InterruptedException {
    long end = System.nanoTime() + LONGEST_WAIT_NANOS;
    device.flush();
    awaitInStep(device);
    while (!areCurrent(device, stacked -> true)) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not all members are current: " + DevicePart.of(device));
      }
      TimeUnit.MILLISECONDS.sleep(10);
      awaitInStep(device);
    }
  }

  /** Waits until every mirror has all its members again, as far as these are there. */
  private static void awaitInStep(ZonedDevice given) throws IOException, InterruptedException {
    ZonedDevice device = unwrapped(given);
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

  /** Whether every mirror has all its members. */
  private static boolean areCurrent(ZonedDevice given, Predicate<StackedDevice> isEntered) {
    ZonedDevice device = unwrapped(given);
    if (device instanceof MirrorZonedDevice mirror
        && mirror.members().stream()
            .anyMatch(member -> member.standing() != MemberState.Standing.CURRENT)) {
      return false;
    }
    return !(device instanceof StackedDevice stacked)
        || !isEntered.test(stacked)
        || stacked.below().stream()
            .allMatch(below -> below.device() != null && areCurrent(below.device(), isEntered));
  }

  private static ZonedDevice unwrapped(ZonedDevice given) {
    ZonedDevice device = given;
    while (device instanceof FilterZonedDevice filter && !(device instanceof StackedDevice)) {
      device = filter.delegate();
    }
    return device;
  }

  private static boolean isLayer(StackedDevice device) {
    return device.kind().equals("layer");
  }
}
