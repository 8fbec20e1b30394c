// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import zonefsj.fs.RenameMode;
import zonefsj.tests.crash.Step.Allocate;
import zonefsj.tests.crash.Step.ChangeMode;
import zonefsj.tests.crash.Step.ChangeTimes;
import zonefsj.tests.crash.Step.Checkpoint;
import zonefsj.tests.crash.Step.Collect;
import zonefsj.tests.crash.Step.Copy;
import zonefsj.tests.crash.Step.Create;
import zonefsj.tests.crash.Step.Fsync;
import zonefsj.tests.crash.Step.FsyncDirectory;
import zonefsj.tests.crash.Step.Link;
import zonefsj.tests.crash.Step.LinkUnnamed;
import zonefsj.tests.crash.Step.MakeDirectory;
import zonefsj.tests.crash.Step.Punch;
import zonefsj.tests.crash.Step.Remount;
import zonefsj.tests.crash.Step.RemoveDirectory;
import zonefsj.tests.crash.Step.RemoveXattr;
import zonefsj.tests.crash.Step.Rename;
import zonefsj.tests.crash.Step.SetAcl;
import zonefsj.tests.crash.Step.SetXattr;
import zonefsj.tests.crash.Step.Symlink;
import zonefsj.tests.crash.Step.Sync;
import zonefsj.tests.crash.Step.Truncate;
import zonefsj.tests.crash.Step.Unlink;
import zonefsj.tests.crash.Step.Write;

/**
 * The operations that sequences are made of, on a few fixed names, each with each of the points of
 * persistence that may follow it. After "Finding Crash-Consistency Bugs with Bounded Black-Box
 * Crash Testing" (Mohan and others, OSDI 2018).
 */
final class Catalogue {
  /** What is there before a sequence: a file in the index, one staged, one in zones. */
  static final List<Step> TREE =
      List.of(
          new MakeDirectory("d"),
          new MakeDirectory("e"),
          new Create("a"),
          new Write("a", 0, 700, 1, false, false),
          new Create("b"),
          new Write("b", 0, 20_000, 2, false, false),
          new SetXattr("b", "user.y", 30),
          new Create("d/a"),
          new Write("d/a", 0, 5_000, 3, false, true));

  private static final Instant TIME = Instant.parse("2001-02-03T04:05:06.789Z");

  private final List<List<Step>> points = new ArrayList<>();

  /** All of them. */
  Catalogue() {
    names();
    renames();
    contents();
    add(new SetXattr("a", "user.x", 100), "a", "");
    add(new RemoveXattr("b", "user.y"), "b", "");
    add(new ChangeMode("a", 0600), "a", "");
    add(new ChangeMode("d", 0700), "", "d");
    add(new ChangeTimes("b", TIME), "b", "");
    unnamedAndCopied();
    lists();
    points.add(List.of(new Checkpoint()));
    points.add(List.of(new Collect()));
    points.add(List.of(new Remount()));
  }

  private void names() {
    add(new Create("n"), "n", "");
    add(new Create("d/n"), "d/n", "d");
    add(new MakeDirectory("d/m"), "", "d");
    add(new Symlink("n", "a"), "", "");
    add(new Link("a", "n"), "n", "");
    add(new Link("b", "d/n"), "b", "d");
    add(new Unlink("a"), "", "");
    add(new Unlink("b"), "", "");
    add(new Unlink("d/a"), "", "d");
    add(new RemoveDirectory("e"), "", "");
  }

  private void renames() {
    add(new Rename("a", "n", RenameMode.REPLACE), "n", "");
    add(new Rename("a", "b", RenameMode.REPLACE), "b", "");
    add(new Rename("d/a", "a", RenameMode.REPLACE), "a", "d");
    add(new Rename("b", "d/a", RenameMode.REPLACE), "d/a", "d");
    add(new Rename("d", "e", RenameMode.REPLACE), "e/a", "e");
    add(new Rename("e", "d/m", RenameMode.NO_REPLACE), "", "d");
    add(new Rename("a", "b", RenameMode.EXCHANGE), "a", "");
    add(new Rename("b", "d", RenameMode.EXCHANGE), "d", "");
    add(new Rename("a", "n", RenameMode.NO_REPLACE_WHITEOUT), "n", "");
    add(new Rename("a", "b", RenameMode.WHITEOUT), "b", "");
    add(new Rename("b", "d/m", RenameMode.WHITEOUT), "d/m", "d");
    add(new Rename("e", "d/m", RenameMode.WHITEOUT), "", "d");
  }

  private void contents() {
    addWrite("a", 0, 300, false);
    addWrite("b", 0, 3_000, true);
    addWrite("b", 1_000, 6_000, false);
    addWrite("b", 50_000, 4_096, false);
    addWrite("d/a", 0, 40_000, false);
    add(new Truncate("b", 5_000), "b", "");
    add(new Truncate("b", 60_000), "b", "");
    add(new Truncate("a", 0), "a", "");
    add(new Punch("b", 4_096, 8_192), "b", "");
    add(new Allocate("b", 10_000, 60_000, false), "b", "");
    add(new Allocate("b", 3_000, 9_000, true), "b", "");
  }

  private void unnamedAndCopied() {
    points.add(List.of(new LinkUnnamed("n", 600)));
    points.add(List.of(new LinkUnnamed("d/n", 9_000), new Sync()));
    points.add(List.of(new LinkUnnamed("n", 40_000), new Fsync("n")));
    points.add(List.of(new Copy("b", 1_000, "a", 300, 9_000, false)));
    points.add(List.of(new Copy("b", 0, "d/a", 2_000, 20_000, true), new FsyncDirectory("d")));
    points.add(List.of(new Copy("d/a", 0, "b", 8_192, 5_000, false), new Sync()));
    points.add(List.of(new Copy("b", 4_000, "b", 60_000, 12_000, false), new Fsync("b")));
  }

  private void lists() {
    points.add(List.of(new SetAcl("a", false, 0640)));
    points.add(List.of(new SetAcl("b", false, 0750), new Sync()));
    points.add(List.of(new SetAcl("a", false, 0660), new ChangeMode("a", 0604), new Fsync("a")));
    points.add(List.of(new SetAcl("d", true, 0750), new Create("d/n"), new FsyncDirectory("d")));
    points.add(List.of(new SetAcl("d", true, 0770), new MakeDirectory("d/m"), new Sync()));
    points.add(List.of(new SetAcl("", true, 0710), new LinkUnnamed("n", 700), new Fsync("n")));
  }

  private void addWrite(String path, long offset, int length, boolean append) {
    int seed = points.size();
    String directory = path.startsWith("d/") ? "d" : "";
    add(new Write(path, offset, length, seed, append, false), path, directory);
    points.add(List.of(new Write(path, offset, length, seed, append, true)));
  }

  /**
   * @param file to be synced; empty for none
   * @param directory to be synced; empty for the root
   */
  private void add(Step step, String file, String directory) {
    points.add(List.of(step));
    points.add(List.of(step, new Sync()));
    points.add(List.of(step, new FsyncDirectory(directory)));
    if (!file.isEmpty()) {
      points.add(List.of(step, new Fsync(file)));
    }
  }

  /** How many operations there are, each with one point of persistence. */
  int size() {
    return points.size();
  }

  /** One operation. */
  List<Step> get(int number) {
    return points.get(number);
  }
}
