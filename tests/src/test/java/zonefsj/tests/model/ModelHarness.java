// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;

/** Plays sequences on the reference and on the filesystem under test, and compares. */
public final class ModelHarness {
  /** Steps in a sequence of the gate. */
  public static final int DEFAULT_LENGTH = 300;

  private static final Set<String> ERRORS =
      Arrays.stream(Errno.values()).map(Errno::name).collect(Collectors.toUnmodifiableSet());
  private static final int STACK_LINES = 25;

  private final ModelProfile profile;
  private final ModelSubject.Factory factory;
  private final Map<String, Long> tried = new TreeMap<>();

  /**
   * A harness for one kind of filesystem.
   *
   * @param factory makes the filesystems under test
   */
  public ModelHarness(ModelSubject.Factory factory) {
    this(ModelProfile.CALLS, factory);
  }

  /**
   * A harness for one way to a filesystem.
   *
   * @param factory makes the filesystems under test
   */
  public ModelHarness(ModelProfile profile, ModelSubject.Factory factory) {
    this.profile = profile;
    this.factory = factory;
  }

  /**
   * How often each operation had each outcome on the reference, shortening aside: "Unlink EISDIR",
   * "Unlink ok".
   */
  public Map<String, Long> tried() {
    return Collections.unmodifiableMap(tried);
  }

  /**
   * Plays the sequence of a seed.
   *
   * @return null when all was equal; otherwise the report: the shortened sequence, the difference,
   *     and the command that repeats it
   */
  public @Nullable String run(long seed, int length) {
    List<Operation> operations =
        new Generator(new SplittableRandom(seed), profile).sequence(length);
    String difference = play(seed, operations, tried);
    if (difference == null) {
      return null;
    }
    List<Operation> small = Shrinker.shrink(operations, shorter -> play(seed, shorter) != null);
    StringBuilder report = new StringBuilder();
    report.append("repeat with: tests/prove ").append(profile.kind());
    report.append(" --count 1 --seed ").append(seed).append('\n');
    report.append(small.size()).append(" steps of ").append(length).append(":\n");
    for (Operation operation : small) {
      report.append("  ").append(operation).append('\n');
    }
    String smallDifference = play(seed, small);
    report.append(smallDifference != null ? smallDifference : difference + " (not always)");
    return report.toString();
  }

  /** The first difference; null when there is none. */
  @Nullable String play(long seed, List<Operation> operations) {
    return play(seed, operations, new HashMap<>());
  }

  private @Nullable String play(long seed, List<Operation> operations, Map<String, Long> counts) {
    ModelClock clock = new ModelClock();
    clock.set(0);
    Operation current = new Operation.Sync();
    try (ModelSubject expected = ModelSubject.ofReference(profile.reference(clock));
        ModelSubject actual = factory.create(seed, clock)) {
      ModelWorld left = new ModelWorld(expected);
      ModelWorld right = new ModelWorld(actual);
      for (int i = 0; i < operations.size(); i++) {
        clock.set(i + 1);
        Operation operation = operations.get(i);
        current = operation;
        String wanted = outcome(operation, left);
        counts.merge(kind(operation, wanted), 1L, Long::sum);
        String got = outcome(operation, right);
        if (!wanted.equals(got)) {
          return "step " + i + " " + operation + "\n  expected " + wanted + "\n  but was  " + got;
        }
        if (profile.looksAtOpenFiles(i)) {
          String difference = difference(left.openFiles(), right.openFiles());
          if (difference != null) {
            return "the open files after step " + i + " " + operation + "\n" + difference;
          }
        }
        boolean last = i == operations.size() - 1;
        if (last
            || operation instanceof Operation.Remount
            || i % profile.stepsBetweenSnapshots() == profile.stepsBetweenSnapshots() - 1) {
          String difference =
              difference(TreeSnapshot.of(left.fileSystem()), TreeSnapshot.of(right.fileSystem()));
          right.settle();
          if (difference != null) {
            return "the tree after step " + i + " " + operation + "\n" + difference;
          }
        }
      }
      return null;
    } catch (Exception e) {
      return "at or after " + current + ": " + describe(e);
    }
  }

  private static String kind(Operation operation, String outcome) {
    boolean refused = ERRORS.contains(outcome);
    return operation.getClass().getSimpleName() + " " + (refused ? outcome : "ok");
  }

  /** An error number is an outcome; any other exception fails the sequence on either side. */
  private static String outcome(Operation operation, ModelWorld world) throws Exception {
    try {
      return operation.apply(world);
    } catch (ErrnoException e) {
      return e.errno().name();
    } finally {
      world.settle();
    }
  }

  private static String describe(Exception e) {
    StringWriter words = new StringWriter();
    e.printStackTrace(new PrintWriter(words, true));
    return words.toString().lines().limit(STACK_LINES).collect(Collectors.joining("\n"));
  }

  /** The first path that differs; null when none does. */
  static @Nullable String difference(
      SortedMap<String, String> expected, SortedMap<String, String> actual) {
    TreeSet<String> paths = new TreeSet<>(expected.keySet());
    paths.addAll(actual.keySet());
    for (String path : paths) {
      String wanted = get(expected, path);
      String got = get(actual, path);
      if (!Objects.equals(wanted, got)) {
        return "  " + path + "\n  expected " + wanted + "\n  but was  " + got;
      }
    }
    return null;
  }

  private static String get(Map<String, String> lines, String path) {
    return lines.getOrDefault(path, "nothing");
  }
}
