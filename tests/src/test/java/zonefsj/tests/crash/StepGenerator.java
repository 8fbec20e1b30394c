// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import zonefsj.fs.RenameMode;
import zonefsj.tests.crash.Step.ChangeMode;
import zonefsj.tests.crash.Step.Checkpoint;
import zonefsj.tests.crash.Step.Collect;
import zonefsj.tests.crash.Step.Copy;
import zonefsj.tests.crash.Step.Create;
import zonefsj.tests.crash.Step.Fill;
import zonefsj.tests.crash.Step.Fsync;
import zonefsj.tests.crash.Step.Link;
import zonefsj.tests.crash.Step.LinkUnnamed;
import zonefsj.tests.crash.Step.MakeDirectory;
import zonefsj.tests.crash.Step.MakeFifo;
import zonefsj.tests.crash.Step.Punch;
import zonefsj.tests.crash.Step.Remount;
import zonefsj.tests.crash.Step.RemoveDirectory;
import zonefsj.tests.crash.Step.RemoveXattr;
import zonefsj.tests.crash.Step.Rename;
import zonefsj.tests.crash.Step.Resize;
import zonefsj.tests.crash.Step.SetAcl;
import zonefsj.tests.crash.Step.SetXattr;
import zonefsj.tests.crash.Step.Symlink;
import zonefsj.tests.crash.Step.Sync;
import zonefsj.tests.crash.Step.Truncate;
import zonefsj.tests.crash.Step.Unlink;
import zonefsj.tests.crash.Step.Write;
import zonefsj.tests.crash.Step.WriteUnlinked;

/** Random steps over few names, so that they meet. */
final class StepGenerator {
  private static final List<String> DIRECTORIES = List.of("", "", "", "d/", "e/", "d/f/");
  private static final List<String> NAMES = List.of("a", "b", "c");
  private static final int FULL_RUN_BYTES = 1 << 20;
  private static final int BUSY_FILE_BYTES = 100_000;

  private static final int RESIZES = 11;

  private final SplittableRandom random;

  /**
   * Apart from the others: what these give for a seed stays as it was before there were resizes.
   */
  private final SplittableRandom resizes = new SplittableRandom(RESIZES);

  private final boolean large;

  /**
   * @param large whether the drive has room for a write longer than a run
   */
  StepGenerator(SplittableRandom random, boolean large) {
    this.random = random;
    this.large = large;
  }

  List<Step> steps(int count) {
    List<Step> steps = new ArrayList<>();
    steps.add(new MakeDirectory("d"));
    steps.add(new Create("a"));
    steps.add(new Create("b"));
    while (steps.size() < count) {
      Step step = next();
      steps.add(step);
      if (step instanceof Write write && write.length() > FULL_RUN_BYTES) {
        // It would take the drive's room from everything after it.
        steps.add(new Sync());
        steps.add(new Truncate(write.path(), random.nextInt(FULL_RUN_BYTES)));
        steps.add(new Unlink(write.path()));
      }
    }
    return steps;
  }

  /**
   * Steps after each of which the collector moves what it can: files of several zones are
   * overwritten at random, so that most zones hold both live data and garbage.
   */
  List<Step> stepsWithBusyCollector(int count) {
    List<Step> steps = new ArrayList<>();
    for (String directory : List.of("d", "e")) {
      steps.add(new MakeDirectory(directory));
    }
    for (String directory : List.of("", "d/", "e/")) {
      for (String name : NAMES) {
        steps.add(new Create(directory + name));
        steps.add(overwrite(directory + name, 0, BUSY_FILE_BYTES));
      }
    }
    steps.add(new Sync());
    while (steps.size() < count) {
      boolean overwrites = random.nextInt(3) > 0;
      steps.add(
          overwrites
              ? overwrite(path(), random.nextInt(BUSY_FILE_BYTES), 1 + random.nextInt(40_000))
              : next());
      steps.add(new Collect());
    }
    return steps;
  }

  /** Short writes all over a few files, most of which no commit follows at once. */
  List<Step> stepsWithLittleMemory(int count) {
    List<Step> steps = new ArrayList<>();
    steps.add(new MakeDirectory("d"));
    for (String name : NAMES) {
      steps.add(new Create("d/" + name));
    }
    while (steps.size() < count) {
      int dice = random.nextInt(20);
      String path = "d/" + NAMES.get(random.nextInt(NAMES.size()));
      if (dice == 0) {
        steps.add(new Fsync(path));
      } else if (dice < 4) {
        steps.add(next());
      } else {
        long offset = 1024L * random.nextInt(BUSY_FILE_BYTES >> 10);
        int length = 1 + random.nextInt(dice < 8 ? 900 : 9_000);
        steps.add(new Write(path, offset, length, random.nextLong(), false, false));
      }
    }
    return steps;
  }

  private Step overwrite(String path, long offset, int length) {
    return new Write(path, offset, length, random.nextLong(), false, random.nextInt(4) == 0);
  }

  private Step next() {
    int dice = random.nextInt(100);
    if (dice < 12) {
      return new Create(path());
    }
    if (dice < 40) {
      return write();
    }
    if (dice < 45) {
      return new Truncate(path(), random.nextInt(4) == 0 ? 0 : random.nextInt(100_000));
    }
    if (dice < 46) {
      return new Punch(path(), random.nextInt(60_000), 1 + random.nextInt(30_000));
    }
    if (dice < 47) {
      return new LinkUnnamed(path(), 1 + random.nextInt(30_000));
    }
    if (dice < 60) {
      return onNames(dice - 47);
    }
    if (dice < 67) {
      return new Rename(path(), path(), renameMode());
    }
    if (dice < 72) {
      return onAttributes();
    }
    return durable(dice);
  }

  private Step write() {
    int shape = random.nextInt(20);
    int length =
        shape < 5
            ? 1 + random.nextInt(900)
            : shape < 12
                ? 4096 * (1 + random.nextInt(8))
                : shape < 18
                    ? 1 + random.nextInt(40_000)
                    : large && shape == 19
                        ? FULL_RUN_BYTES + random.nextInt(100_000)
                        : 60_000 + random.nextInt(60_000);
    long offset =
        switch (random.nextInt(4)) {
          case 0, 1 -> 0;
          case 2 -> 4096L * random.nextInt(20);
          default -> random.nextInt(60_000);
        };
    boolean append = random.nextInt(5) == 0 && length < 50_000;
    int other = random.nextInt(24);
    if (other < 2) {
      return new Fill(path(), length);
    }
    if (other < 5) {
      long from = random.nextInt(3) == 0 ? random.nextInt(20_000) : 0;
      return new Copy(path(), from, path(), offset, Math.min(length, 100_000), other == 4);
    }
    return new Write(path(), offset, length, random.nextLong(), append, random.nextInt(6) == 0);
  }

  private Step onNames(int dice) {
    return switch (dice) {
      case 0, 1, 2 -> new Unlink(path());
      case 3 -> new WriteUnlinked(path(), 1 + random.nextInt(9_000));
      case 4, 5 -> new MakeDirectory(directory());
      case 6 -> new RemoveDirectory(directory());
      case 7, 8, 9 -> new Link(path(), path());
      case 10, 11 -> new Symlink(path(), "target" + random.nextInt(10));
      default -> new MakeFifo(path());
    };
  }

  private Step onAttributes() {
    return switch (random.nextInt(6)) {
      case 4 -> new SetAcl(path(), false, random.nextInt(01000));
      case 5 -> new SetAcl(directory(), true, random.nextInt(01000));
      case 0 -> new ChangeMode(path(), random.nextInt(01000));
      case 1 -> new RemoveXattr(path(), "user.x");
      case 2 -> new SetXattr(path(), "user.x", random.nextInt(5_000));
      default -> new SetXattr(directory(), "user.x", random.nextInt(50));
    };
  }

  private Step durable(int dice) {
    if (dice < 86) {
      return new Fsync(path());
    }
    if (dice < 91) {
      return new Sync();
    }
    if (dice < 95) {
      return new Collect();
    }
    if (dice < 97) {
      return new Checkpoint();
    }
    return dice < 99 ? new Remount() : resize();
  }

  private Step resize() {
    int most = CrashDrives.ZONES;
    return new Resize(resizes.nextInt(3) == 0 ? most : most - 1 - resizes.nextInt(most / 3));
  }

  private RenameMode renameMode() {
    return switch (random.nextInt(10)) {
      case 0 -> RenameMode.NO_REPLACE;
      case 1 -> RenameMode.EXCHANGE;
      case 2 -> RenameMode.WHITEOUT;
      case 3 -> RenameMode.NO_REPLACE_WHITEOUT;
      default -> RenameMode.REPLACE;
    };
  }

  private String path() {
    return DIRECTORIES.get(random.nextInt(DIRECTORIES.size()))
        + NAMES.get(random.nextInt(NAMES.size()));
  }

  private String directory() {
    return List.of("d", "e", "d/f", "a").get(random.nextInt(4));
  }
}
