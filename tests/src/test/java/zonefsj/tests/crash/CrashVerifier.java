package zonefsj.tests.crash;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.VolumeChecker;

/**
 * Mounts what a crash left, finds the state of the history that it is, writes on, and mounts once
 * more.
 */
final class CrashVerifier {
  private static final int CHECK_BEFORE_ONE_IN = 8;
  private static final int CHECK_AFTER_ONE_IN = 3;
  private static final int STACK_LINES = 30;
  private static final byte[] NAME = "after the crash".getBytes(StandardCharsets.UTF_8);

  private final SplittableRandom random;
  private final Supplier<MetadataStores> withoutIndex;
  private final CrashClock clock = new CrashClock();

  CrashVerifier(SplittableRandom random, int step) {
    this(random, step, MemoryMetadataStores::new);
  }

  /**
   * @param withoutIndex makes a place for an index where none is
   */
  CrashVerifier(SplittableRandom random, int step, Supplier<MetadataStores> withoutIndex) {
    this.random = random;
    this.withoutIndex = withoutIndex;
    clock.set(step + 10);
  }

  /**
   * Verifies one drive.
   *
   * @param allowed the trees that it may hold, oldest first
   * @param changes tells how many changes the drive saw so far; 0 always if nobody counts
   * @param afterwards takes the history from the mount on, for crashes within it
   * @return what is wrong, null if nothing is
   */
  @Nullable String verify(
      ZonedDevice device,
      MetadataStores stores,
      List<SortedMap<String, String>> allowed,
      IntSupplier changes,
      BiConsumer<Integer, History> afterwards) {
    try {
      return mountAndCompare(device, stores, allowed, changes, afterwards);
    } catch (Exception | AssertionError failed) {
      StringWriter words = new StringWriter();
      failed.printStackTrace(new PrintWriter(words, true));
      return words.toString().lines().limit(STACK_LINES).collect(Collectors.joining("\n"));
    }
  }

  private @Nullable String mountAndCompare(
      ZonedDevice device,
      MetadataStores stores,
      List<SortedMap<String, String>> allowed,
      IntSupplier changes,
      BiConsumer<Integer, History> afterwards)
      throws Exception {
    if (random.nextInt(CHECK_BEFORE_ONE_IN) == 0) {
      String found = check(device);
      if (found != null) {
        return "a check of what the crash left finds " + found;
      }
    }
    Volume volume = mount(device, stores);
    int mounted = changes.getAsInt();
    SortedMap<String, String> tree = Trees.of(volume.fileSystem());
    if (!allowed.contains(tree)) {
      return noPrefix(tree, allowed);
    }
    History history = new History(tree);
    writeOn(volume.fileSystem(), history, changes);
    SortedMap<String, String> written = Trees.of(volume.fileSystem());
    if (random.nextBoolean()) {
      volume.close();
    } else {
      volume.abandon();
    }
    afterwards.accept(mounted, history);
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
    return oldContentDiffers(tree, written);
  }

  private static @Nullable String check(ZonedDevice device) throws IOException {
    List<VolumeChecker.Finding> findings =
        new ArrayList<>(VolumeChecker.check(device, true, ProgressListener.NONE).findings());
    // Zones that were dead before the workload began.
    findings.removeIf(finding -> finding.what().contains("OFFLINE"));
    return findings.isEmpty() ? null : findings.size() + " findings, first " + findings.get(0);
  }

  private Volume mount(ZonedDevice device, MetadataStores stores) throws IOException {
    return Drives.mount(device, clock, random.split(), stores);
  }

  private void writeOn(ZoneFileSystem fileSystem, History history, IntSupplier changes)
      throws ErrnoException, IOException {
    int begun = changes.getAsInt();
    long handle =
        fileSystem
            .create(Caller.ROOT, ZoneFileSystem.ROOT_INODE, NAME, 0600, OpenFlags.READ_WRITE)
            .handle();
    history.add("create", false, begun, changes.getAsInt(), Trees.of(fileSystem));
    byte[] bytes = new byte[5_000];
    new Random(1).nextBytes(bytes);
    begun = changes.getAsInt();
    fileSystem.write(handle, 0, ByteBuffer.wrap(bytes), false);
    history.add("write", false, begun, changes.getAsInt(), Trees.of(fileSystem));
    begun = changes.getAsInt();
    fileSystem.fsync(handle);
    history.add("fsync", true, begun, changes.getAsInt(), Trees.of(fileSystem));
    fileSystem.release(handle);
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
