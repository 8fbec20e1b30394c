// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.tests.crash.CuttableDrive;
import zonefsj.tests.fixture.VolumeMount;

/**
 * Operations side by side. In each round a few threads make one call each at the same moment, and
 * beside them the volume collects, takes a checkpoint, or loses its power. What was answered, and
 * the tree after it, must be what some order of the calls gives on the reference, one after the
 * other; what is left of a drive whose power went in a round must be the tree between two calls of
 * such an order, and not before the last sync that had ended.
 *
 * <p>Of what no flush covered the drive keeps all, nothing, or a part when its power goes ({@link
 * CuttableDrive}).
 */
final class ConcurrentRun {
  private static final int MOST_AT_ONCE = 4;
  private static final int OPERATIONS = 100;
  private static final int CRASH_ONE_IN = 6;
  private static final int MOST_PAUSE_NANOS = 2_000_000;

  private final UnaryOperator<ZoneFileSystem> disguise;
  private final UnaryOperator<ZonedDevice> driveDisguise;
  private final ModelSetup setup;
  private final SplittableRandom random;
  private final ModelClock clock = new ModelClock();
  private final List<Round> history = new ArrayList<>();
  private int lastDurable;

  ConcurrentRun(long seed) {
    this(seed, UnaryOperator.identity(), UnaryOperator.identity());
  }

  /**
   * @param disguise what is asked instead of the filesystem, to see that its faults are found
   * @param driveDisguise what the filesystem has instead of the drive, to the same end
   */
  ConcurrentRun(
      long seed, UnaryOperator<ZoneFileSystem> disguise, UnaryOperator<ZonedDevice> driveDisguise) {
    this.disguise = disguise;
    this.driveDisguise = driveDisguise;
    setup = ModelSetup.draw(seed);
    random = new SplittableRandom(seed);
  }

  /**
   * Calls that ran side by side, in an order that explains them.
   *
   * @param operations what was called
   * @param outcomes what was answered, in the same order
   * @param after tree and open files afterwards
   */
  private record Round(
      List<Operation> operations, List<String> outcomes, SortedMap<String, String> after) {

    Round ordered(List<Integer> order) {
      return new Round(
          order.stream().<Operation>map(operations::get).toList(),
          order.stream().map(outcomes::get).toList(),
          after);
    }
  }

  /**
   * Runs.
   *
   * @return null if all could be explained; otherwise what could not
   */
  @Nullable String run() throws Exception {
    List<Operation> operations = new Generator(random.split()).sequence(OPERATIONS);
    CuttableDrive drive = new CuttableDrive(setup.drive());
    ExecutorService threads = Executors.newFixedThreadPool(MOST_AT_ONCE + 1);
    clock.set(0);
    try (VolumeSubject subject =
        new VolumeSubject(setup, driveDisguise.apply(drive), clock, disguise)) {
      ModelWorld world = new ModelWorld(subject);
      for (int at = 0; at < operations.size(); ) {
        List<Operation> together = together(operations, at);
        at += together.size();
        clock.set(at);
        ZonedDevice left = play(together, world, subject, drive, threads);
        String wrong = explain();
        if (wrong == null && left != null) {
          wrong = explainCrash(left);
        }
        if (wrong != null) {
          return "round " + history.size() + wrong;
        }
      }
      return null;
    } finally {
      threads.shutdownNow();
    }
  }

  /** The next ones that do not meddle with each other's slots. */
  private List<Operation> together(List<Operation> operations, int from) {
    List<Operation> together = new ArrayList<>();
    Set<String> slots = new HashSet<>();
    int most = 2 + random.nextInt(MOST_AT_ONCE - 1);
    for (int at = from; at < operations.size() && together.size() < most; at++) {
      Operation next = operations.get(at);
      boolean meets = next.slots().stream().anyMatch(slots::contains);
      if (!together.isEmpty() && (meets || isAlone(next) || isAlone(together.get(0)))) {
        break;
      }
      slots.addAll(next.slots());
      together.add(next);
    }
    return together;
  }

  /** What is more than one call, or is about all handles. */
  private static boolean isAlone(Operation operation) {
    return operation instanceof Operation.Remount
        || operation instanceof Operation.ForgetAll
        || operation instanceof Operation.Retain
        || operation instanceof Operation.ListDirectory
        || operation instanceof Operation.GetXattr
        || operation instanceof Operation.SetAcl
        || operation instanceof Operation.Seek
        || operation instanceof Operation.Copy;
  }

  /** Plays a round; returns what is left of the drive if its power went. */
  private @Nullable ZonedDevice play(
      List<Operation> together,
      ModelWorld world,
      VolumeSubject subject,
      CuttableDrive drive,
      ExecutorService threads)
      throws Exception {
    world.freeze(paths(together));
    CyclicBarrier start = new CyclicBarrier(together.size() + 1);
    List<Future<String>> answers = new ArrayList<>();
    for (Operation operation : together) {
      answers.add(
          threads.submit(
              () -> {
                await(start);
                return outcome(operation, world);
              }));
    }
    int beside = random.nextInt(CRASH_ONE_IN);
    long pause = random.nextInt(MOST_PAUSE_NANOS);
    long cutSeed = random.nextLong();
    boolean remounts = together.get(0) instanceof Operation.Remount;
    Future<@Nullable ZonedDevice> left =
        threads.submit(
            () -> {
              await(start);
              LockSupport.parkNanos(pause);
              if (beside == 0 && !remounts) {
                return drive.cut(cutSeed);
              }
              if (!remounts) {
                workBeside(beside, subject.volume());
              }
              return null;
            });
    List<String> outcomes = new ArrayList<>();
    for (Future<String> answer : answers) {
      outcomes.add(Objects.requireNonNull(get(answer)));
    }
    ZonedDevice wreck = get(left);
    world.thaw();
    history.add(new Round(together, outcomes, after(world)));
    return wreck;
  }

  private static void workBeside(int what, Volume volume) throws IOException {
    if (what == 1) {
      volume.checkpoint();
    } else if (what == 2) {
      volume.runGc(ProgressListener.NONE);
    } else if (what == 3) {
      volume.defragment(() -> true, ProgressListener.NONE);
    }
  }

  private static void await(CyclicBarrier start) throws InterruptedException {
    try {
      start.await();
    } catch (BrokenBarrierException broken) {
      throw new IllegalStateException(broken);
    }
  }

  private static <T> T get(Future<T> answer) throws Exception {
    try {
      return answer.get();
    } catch (ExecutionException failed) {
      throw new IllegalStateException("a call or the volume's own work threw", failed.getCause());
    }
  }

  private static Set<List<String>> paths(List<Operation> together) {
    Set<List<String>> paths = new HashSet<>();
    together.forEach(operation -> paths.addAll(operation.paths()));
    return paths;
  }

  private static String outcome(Operation operation, ModelWorld world) throws Exception {
    try {
      return Trees.withoutAccessTime(operation.apply(world));
    } catch (ErrnoException refused) {
      return refused.errno().name();
    }
  }

  private static SortedMap<String, String> after(ModelWorld world)
      throws ErrnoException, IOException {
    SortedMap<String, String> after = Trees.of(world.fileSystem());
    world
        .openFiles()
        .forEach((slot, words) -> after.put("(" + slot + ")", Trees.withoutAccessTime(words)));
    return after;
  }

  /** The reference after the first rounds, in the order that explains them. */
  private ModelWorld replayed(int rounds) throws Exception {
    clock.set(0);
    ModelWorld world =
        new ModelWorld(ModelSubject.ofReference(ModelProfile.CALLS.reference(clock)));
    int played = 0;
    for (Round round : history.subList(0, rounds)) {
      played += round.operations().size();
      clock.set(played);
      world.freeze(paths(round.operations()));
      for (Operation operation : round.operations()) {
        outcome(operation, world);
      }
      world.thaw();
    }
    return world;
  }

  /**
   * Brings the last round into an order that explains it. More than one order may have explained
   * the round before: then the others are tried, too.
   */
  private @Nullable String explain() throws Exception {
    int last = history.size() - 1;
    String wrong = order(last);
    if (wrong == null || last == 0) {
      return wrong;
    }
    Round unordered = history.get(last - 1);
    for (List<Integer> order : orders(unordered.operations().size())) {
      history.set(last - 1, unordered.ordered(order));
      if (difference(last - 1) == null && order(last) == null) {
        return null;
      }
    }
    return wrong;
  }

  private @Nullable String order(int number) throws Exception {
    Round unordered = history.get(number);
    StringBuilder wrong = new StringBuilder();
    for (List<Integer> order : orders(unordered.operations().size())) {
      history.set(number, unordered.ordered(order));
      String difference = difference(number);
      if (difference == null) {
        return null;
      }
      wrong.append("\n  in the order ").append(order).append(": ").append(difference);
    }
    history.set(number, unordered);
    return words(unordered) + wrong;
  }

  /** What differs if a round went in its order; null if nothing does. */
  private @Nullable String difference(int number) throws Exception {
    ModelWorld world = replayed(number);
    Round round = history.get(number);
    setClock(number);
    world.freeze(paths(round.operations()));
    for (int call = 0; call < round.operations().size(); call++) {
      String wanted = outcome(round.operations().get(call), world);
      if (!wanted.equals(round.outcomes().get(call))) {
        return round.operations().get(call) + " is answered with " + wanted;
      }
    }
    world.thaw();
    return Trees.difference(after(world), round.after());
  }

  private static String words(Round round) {
    StringBuilder words = new StringBuilder(":");
    for (int call = 0; call < round.operations().size(); call++) {
      words
          .append("\n  ")
          .append(round.operations().get(call))
          .append(" was answered with ")
          .append(round.outcomes().get(call));
    }
    return words.toString();
  }

  private @Nullable String explainCrash(ZonedDevice left) throws Exception {
    SortedMap<String, String> found;
    try (left) {
      try {
        found = treeOf(left);
      } catch (IOException refused) {
        return ", power gone: what is left cannot be mounted or read: " + refused.getMessage();
      }
      List<String> findings =
          VolumeChecker.check(left, true, ProgressListener.NONE).findings().stream()
              .map(Object::toString)
              .toList();
      if (!findings.isEmpty()) {
        return ", power gone: fsck is not clean: " + findings;
      }
    }
    for (int number = history.size() - 1; number >= lastDurable(); number--) {
      Round explained = history.get(number);
      for (List<Integer> order : orders(explained.operations().size())) {
        history.set(number, explained.ordered(order));
        if (difference(number) == null && isWithin(number, found)) {
          return null;
        }
      }
      history.set(number, explained);
    }
    Round last = history.get(history.size() - 1);
    return ", power gone"
        + words(last)
        + "\n  the tree that is left is none since round "
        + (lastDurable() + 1)
        + "; to the last one "
        + Trees.difference(last.after(), found);
  }

  /** Whether a tree is one before, between or after the calls of a round in its order. */
  private boolean isWithin(int number, SortedMap<String, String> tree) throws Exception {
    ModelWorld world = replayed(number);
    boolean found = Trees.difference(Trees.of(world.fileSystem()), tree) == null;
    setClock(number);
    Round round = history.get(number);
    world.freeze(paths(round.operations()));
    for (Operation operation : round.operations()) {
      outcome(operation, world);
      found = found || Trees.difference(Trees.of(world.fileSystem()), tree) == null;
    }
    return found;
  }

  /** To the time of a round: all calls of it are made at once. */
  private void setClock(int number) {
    clock.set(
        history.subList(0, number + 1).stream().mapToInt(one -> one.operations().size()).sum());
  }

  /** Rounds that were durable before the last round began: all before the last that synced. */
  private int lastDurable() {
    for (int round = lastDurable; round < history.size() - 1; round++) {
      Round one = history.get(round);
      for (int call = 0; call < one.operations().size(); call++) {
        Operation operation = one.operations().get(call);
        boolean syncs = operation instanceof Operation.Sync || operation instanceof Operation.Fsync;
        if ((syncs && one.outcomes().get(call).equals("ok"))
            || operation instanceof Operation.Remount) {
          lastDurable = round;
        }
      }
    }
    return lastDurable;
  }

  private SortedMap<String, String> treeOf(ZonedDevice left) throws IOException, ErrnoException {
    try (ModelIndex index = new ModelIndex(setup.onDisk());
        Volume volume = VolumeMount.of(clock, new SplittableRandom(2), index.stores()).on(left)) {
      return Trees.of(volume.fileSystem());
    }
  }

  /** All orders of so many. */
  private static List<List<Integer>> orders(int count) {
    if (count == 0) {
      return List.of(List.of());
    }
    List<List<Integer>> orders = new ArrayList<>();
    for (List<Integer> shorter : orders(count - 1)) {
      for (int place = shorter.size(); place >= 0; place--) {
        List<Integer> order = new ArrayList<>(shorter);
        order.add(place, count - 1);
        orders.add(order);
      }
    }
    return orders;
  }
}
