// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * What a worker's subtree holds. Files are kept in a list as well, so that one can be drawn. Not
 * thread-safe.
 */
final class TreeModel {
  private final Map<String, FileModel> files = new HashMap<>();
  private final Map<String, Integer> places = new HashMap<>();
  private final List<String> paths = new ArrayList<>();
  private final TreeSet<String> directories = new TreeSet<>();
  private long dataBytes;

  /** A tree with a root. */
  TreeModel(String root) {
    directories.add(root);
  }

  private TreeModel() {}

  TreeModel copy() {
    TreeModel copy = new TreeModel();
    paths.forEach(path -> copy.add(path, file(path).copy()));
    copy.directories.addAll(directories);
    return copy;
  }

  /** A file that is there. */
  FileModel file(String path) {
    return Objects.requireNonNull(files.get(path), path);
  }

  boolean hasFile(String path) {
    return files.containsKey(path);
  }

  List<String> paths() {
    return paths;
  }

  NavigableSet<String> directories() {
    return directories;
  }

  /** Bytes of all files that are no holes. */
  long dataBytes() {
    return dataBytes;
  }

  /** Any file; there must be one. */
  String drawFile(SplittableRandom random) {
    return paths.get(random.nextInt(paths.size()));
  }

  /** Any directory. */
  String drawDirectory(SplittableRandom random) {
    return List.copyOf(directories).get(random.nextInt(directories.size()));
  }

  boolean isEmptyDirectory(String directory) {
    String below = directory + "/";
    String next = directories.higher(below);
    return (next == null || !next.startsWith(below))
        && paths.stream().noneMatch(path -> path.startsWith(below));
  }

  private void add(String path, FileModel file) {
    files.put(path, file);
    places.put(path, paths.size());
    paths.add(path);
    dataBytes += file.dataBytes();
  }

  private FileModel remove(String path) {
    FileModel file = file(path);
    files.remove(path);
    int place = Objects.requireNonNull(places.remove(path));
    String last = paths.remove(paths.size() - 1);
    if (!last.equals(path)) {
      paths.set(place, last);
      places.put(last, place);
    }
    dataBytes -= file.dataBytes();
    return file;
  }

  /** Makes a change. */
  void apply(Change change) {
    if (change instanceof Change.Create create) {
      add(create.path(), new FileModel());
    } else if (change instanceof Change.Write write) {
      FileModel file = file(write.path());
      dataBytes -= file.dataBytes();
      file.write(write.offset(), write.length(), write.seed());
      dataBytes += file.dataBytes();
    } else if (change instanceof Change.Truncate truncate) {
      FileModel file = file(truncate.path());
      dataBytes -= file.dataBytes();
      file.truncate(truncate.size());
      dataBytes += file.dataBytes();
    } else if (change instanceof Change.Punch punch) {
      FileModel file = file(punch.path());
      dataBytes -= file.dataBytes();
      file.punch(punch.offset(), punch.length());
      dataBytes += file.dataBytes();
    } else if (change instanceof Change.Copy copy) {
      FileModel file = file(copy.to());
      dataBytes -= file.dataBytes();
      file.copyFrom(file(copy.from()), copy.fromOffset(), copy.toOffset(), copy.length());
      dataBytes += file.dataBytes();
    } else if (change instanceof Change.Rename rename) {
      FileModel file = remove(rename.from());
      if (hasFile(rename.to())) {
        remove(rename.to());
      }
      add(rename.to(), file);
    } else if (change instanceof Change.Unlink unlink) {
      remove(unlink.path());
    } else if (change instanceof Change.MakeDirectory made) {
      directories.add(made.path());
    } else if (change instanceof Change.RemoveDirectory removed) {
      directories.remove(removed.path());
    }
  }
}
