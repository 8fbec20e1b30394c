// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.tests.model.Trees;

/**
 * Mounts what a crash left, finds the state of the history that it is, writes on, and mounts once
 * more.
 */
final class CrashVerifier {
  private static final int CHECK_BEFORE_ONE_IN = 8;
  private static final int CHECK_AFTER_ONE_IN = 3;
  private static final int STACK_LINES = 30;
  private static final int MAINTAIN_ONE_IN = 5;

  private final SplittableRandom random;
  private final int depth;
  private final Supplier<MetadataStores> withoutIndex;
  private final CrashClock clock = new CrashClock();

  /**
   * @param depth how many crashes came before: each leaves a file of its own
   * @param step a number behind all steps of the workload
   */
  CrashVerifier(SplittableRandom random, int depth, int step) {
    this(random, depth, step, MemoryMetadataStores::new);
  }

  /**
   * @param withoutIndex makes a place for an index where none is
   */
  CrashVerifier(
      SplittableRandom random, int depth, int step, Supplier<MetadataStores> withoutIndex) {
    this.random = random;
    this.depth = depth;
    this.withoutIndex = withoutIndex;
    clock.set(step + 10 * depth);
  }

  /**
   * Verifies one drive.
   *
   * @return what is wrong, null if nothing is
   */
  @Nullable String verify(
      ZonedDevice device, MetadataStores stores, Expected expected, RecoveryObserver aftermath) {
    try {
      return mountAndCompare(device, stores, expected, aftermath);
    } catch (Exception | AssertionError failed) {
      StringWriter words = new StringWriter();
      failed.printStackTrace(new PrintWriter(words, true));
      return words.toString().lines().limit(STACK_LINES).collect(Collectors.joining("\n"));
    }
  }

  private @Nullable String mountAndCompare(
      ZonedDevice device, MetadataStores stores, Expected expected, RecoveryObserver aftermath)
      throws Exception {
    if (random.nextInt(CHECK_BEFORE_ONE_IN) == 0) {
      String found = check(device);
      if (found != null) {
        return "a check of what the crash left finds " + found;
      }
    }
    Volume volume = mount(device, stores);
    int mounted = aftermath.changes();
    SortedMap<String, String> tree = Trees.of(volume.fileSystem());
    int state = expected.allowed().lastIndexOf(tree);
    if (state < 0) {
      return noPrefix(tree, expected.allowed());
    }
    List<Step.Request> retry = expected.retry().apply(state);
    Continuation goingOn = new Continuation(volume, aftermath, tree);
    goingOn.retry(retry);
    goingOn.write("after crash " + depth);
    if (random.nextInt(MAINTAIN_ONE_IN) == 0) {
      goingOn.maintain(random.nextBoolean());
    }
    SortedMap<String, String> written = Trees.of(volume.fileSystem());
    if (random.nextBoolean()) {
      volume.close();
    } else {
      volume.abandon();
    }
    aftermath.goneOn(mounted, goingOn.history());
    Volume again = mount(device, random.nextInt(3) == 0 ? withoutIndex.get() : stores);
    String difference = Trees.difference(written, Trees.of(again.fileSystem()));
    again.abandon();
    if (difference != null) {
      return "after writing on and mounting again: " + difference;
    }
    if (random.nextInt(CHECK_AFTER_ONE_IN) == 0) {
      String found = check(device);
      if (found != null) {
        return "a check after writing on finds " + found;
      }
    }
    return retry.isEmpty() ? oldContentDiffers(tree, written) : null;
  }

  private static @Nullable String check(ZonedDevice device) throws IOException {
    List<VolumeChecker.Finding> findings =
        new ArrayList<>(VolumeChecker.check(device, true, ProgressListener.NONE).findings());
    // Zones that were dead before the workload began.
    findings.removeIf(finding -> finding.what().contains("OFFLINE"));
    return findings.isEmpty() ? null : findings.size() + " findings, first " + findings.get(0);
  }

  private Volume mount(ZonedDevice device, MetadataStores stores) throws IOException {
    return CrashDrives.mount(device, clock, random.split(), stores);
  }

  private static @Nullable String oldContentDiffers(
      SortedMap<String, String> before, SortedMap<String, String> after) {
    SortedMap<String, String> old = new TreeMap<>(after);
    old.keySet().retainAll(before.keySet());
    SortedMap<String, String> wanted = new TreeMap<>(before);
    // Its times and its list of names have changed.
    old.remove("/");
    wanted.remove("/");
    String difference = Trees.difference(wanted, old);
    return difference == null ? null : "writing on changed what was there: " + difference;
  }

  private static String noPrefix(
      SortedMap<String, String> tree, List<SortedMap<String, String>> allowed) {
    String best = "";
    for (SortedMap<String, String> state : allowed) {
      String difference = Trees.difference(state, tree);
      if (difference != null && (best.isEmpty() || difference.length() < best.length())) {
        best = difference;
      }
    }
    return "the tree is none of the " + allowed.size() + " that it may be; of one, " + best;
  }
}
