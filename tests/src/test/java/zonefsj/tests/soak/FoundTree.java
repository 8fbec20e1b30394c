// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.ErrnoException;

/** A worker's directory as it is found, to be compared with models of it. */
final class FoundTree {
  private static final int READ_BYTES = 1 << 20;

  /** The size of a directory. */
  private static final long DIRECTORY = -1;

  private final SoakSubject subject;
  private final Stopwatch stopwatch;
  private final Map<String, Long> sizes = new HashMap<>();

  /**
   * Files whose content was found to be that of the model; a change of the model takes them out.
   */
  private final Set<String> verified = new HashSet<>();

  private final ByteBuffer found = ByteBuffer.allocateDirect(READ_BYTES);
  private final ByteBuffer expected = ByteBuffer.allocateDirect(READ_BYTES);

  /** A byte that was read. */
  private record Witness(String path, long offset, byte value) {}

  /** Lists a directory and all below it. */
  FoundTree(SoakSubject subject, Stopwatch stopwatch, String root)
      throws ErrnoException, IOException {
    this.subject = subject;
    this.stopwatch = stopwatch;
    sizes.put(root, DIRECTORY);
    list(root);
  }

  private void list(String directory) throws ErrnoException, IOException {
    for (SoakSubject.Entry entry : stopwatch.time("list", () -> subject.list(directory))) {
      String path = directory + "/" + entry.name();
      sizes.put(path, entry.size());
      if (entry.size() == DIRECTORY) {
        list(path);
      }
    }
  }

  /**
   * Compares with one model.
   *
   * @return what is different, in words; null if nothing is
   */
  @Nullable String compare(TreeModel model) throws ErrnoException, IOException {
    Set<String> wrong = wrongNames(model);
    if (!wrong.isEmpty()) {
      return describe(wrong.iterator().next(), model) + " (" + wrong.size() + " paths differ)";
    }
    for (String path : model.paths()) {
      Witness witness = compareContent(path, model.file(path));
      if (witness != null) {
        return path + ": a wrong byte at " + witness.offset + " of " + sizes.get(path);
      }
    }
    return null;
  }

  /**
   * Looks for the first of the states that a crash may have left.
   *
   * @param model how it was when it was last durable; changed to what is found
   * @param changes that may have been lost from some point on
   * @return null if one is right; else what is wrong, in words
   */
  @Nullable String settle(TreeModel model, List<Change> changes)
      throws ErrnoException, IOException {
    Set<String> touched = new HashSet<>();
    changes.forEach(change -> touched.addAll(touchedBy(change)));
    for (String path : model.paths()) {
      if (!touched.contains(path)
          && sizes.getOrDefault(path, DIRECTORY) == model.file(path).size()) {
        Witness witness = compareContent(path, model.file(path));
        if (witness != null) {
          return path + ": a wrong byte at " + witness.offset + ", durable before the crash";
        }
      }
    }
    Set<String> wrong = wrongNames(model);
    List<Witness> witnesses = new ArrayList<>();
    String closest = "";
    for (int taken = 0; ; taken++) {
      String difference = difference(model, wrong, witnesses, touched);
      if (difference == null) {
        return null;
      }
      closest = wrong.isEmpty() || closest.isEmpty() ? taken + " changes: " + difference : closest;
      if (taken == changes.size()) {
        return "no prefix of the "
            + changes.size()
            + " changes since it was durable is there; with "
            + closest;
      }
      Change change = changes.get(taken);
      model.apply(change);
      for (String path : touchedBy(change)) {
        verified.remove(path);
        if (isWrong(path, model)) {
          wrong.add(path);
        } else {
          wrong.remove(path);
        }
      }
    }
  }

  private @Nullable String difference(
      TreeModel model, Set<String> wrong, List<Witness> witnesses, Set<String> touched)
      throws ErrnoException, IOException {
    if (!wrong.isEmpty()) {
      return describe(wrong.iterator().next(), model);
    }
    for (Witness witness : witnesses) {
      if (!agrees(witness, model)) {
        return witness.path + ": another byte at " + witness.offset;
      }
    }
    for (String path : touched) {
      if (model.hasFile(path) && !verified.contains(path)) {
        Witness witness = compareContent(path, model.file(path));
        if (witness != null) {
          witnesses.add(witness);
          return path + ": another byte at " + witness.offset;
        }
        verified.add(path);
      }
    }
    return null;
  }

  private static boolean agrees(Witness witness, TreeModel model) {
    if (!model.hasFile(witness.path) || model.file(witness.path).size() <= witness.offset) {
      return true;
    }
    ByteBuffer one = ByteBuffer.allocate(1);
    model.file(witness.path).fill(one, witness.offset);
    return one.get(0) == witness.value;
  }

  private static List<String> touchedBy(Change change) {
    if (change instanceof Change.Create one) {
      return List.of(one.path());
    } else if (change instanceof Change.Write one) {
      return List.of(one.path());
    } else if (change instanceof Change.Truncate one) {
      return List.of(one.path());
    } else if (change instanceof Change.Punch one) {
      return List.of(one.path());
    } else if (change instanceof Change.Copy one) {
      return List.of(one.to());
    } else if (change instanceof Change.Rename one) {
      return List.of(one.from(), one.to());
    } else if (change instanceof Change.Unlink one) {
      return List.of(one.path());
    } else if (change instanceof Change.MakeDirectory one) {
      return List.of(one.path());
    } else if (change instanceof Change.RemoveDirectory one) {
      return List.of(one.path());
    }
    throw new IllegalArgumentException(change.toString());
  }

  private Set<String> wrongNames(TreeModel model) {
    Set<String> all = new HashSet<>(sizes.keySet());
    all.addAll(model.paths());
    all.addAll(model.directories());
    all.removeIf(path -> !isWrong(path, model));
    return all;
  }

  private boolean isWrong(String path, TreeModel model) {
    Long size = sizes.get(path);
    if (model.hasFile(path)) {
      return size == null || size != model.file(path).size();
    }
    return model.directories().contains(path) ? size == null || size != DIRECTORY : size != null;
  }

  private String describe(String path, TreeModel model) {
    Long size = sizes.get(path);
    String there =
        size == null
            ? "is not there"
            : size == DIRECTORY ? "is a directory" : "has " + size + " bytes";
    String right =
        model.hasFile(path)
            ? "must have " + model.file(path).size()
            : model.directories().contains(path) ? "must be a directory" : "must not be there";
    return path + " " + there + " and " + right;
  }

  /** The first wrong byte; null if there is none. The size is right. */
  private @Nullable Witness compareContent(String path, FileModel model)
      throws ErrnoException, IOException {
    if (model.size() == 0) {
      return null;
    }
    SoakFile file = subject.open(path, SoakSubject.Mode.DIRECT);
    try {
      return compareContent(path, file, model);
    } finally {
      file.release();
    }
  }

  private @Nullable Witness compareContent(String path, SoakFile file, FileModel model)
      throws ErrnoException, IOException {
    for (long at = 0; at < model.size(); at += READ_BYTES) {
      long from = at;
      int length = (int) Math.min(READ_BYTES, model.size() - at);
      expected.clear().limit(length);
      model.fill(expected, at);
      found.clear().limit(length);
      stopwatch.time("read", () -> file.read(from, found));
      int wrong = expected.flip().mismatch(found.flip());
      if (wrong >= 0) {
        return new Witness(path, at + wrong, wrong < found.limit() ? found.get(wrong) : 0);
      }
    }
    return null;
  }
}
