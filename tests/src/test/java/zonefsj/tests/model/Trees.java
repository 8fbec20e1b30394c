// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ZoneFileSystem;

/** Trees in words, without access times: a crash may lose those. */
public final class Trees {
  private static final Pattern ACCESS_TIME = Pattern.compile("atime=\\S+ ");

  private Trees() {}

  /** The tree by path. */
  public static SortedMap<String, String> of(ZoneFileSystem fileSystem)
      throws ErrnoException, IOException {
    SortedMap<String, String> tree = new TreeMap<>();
    for (Map.Entry<String, String> line : TreeSnapshot.of(fileSystem).entrySet()) {
      tree.put(line.getKey(), withoutAccessTime(line.getValue()));
    }
    return tree;
  }

  /** Attributes in words, less the access time. */
  static String withoutAccessTime(String words) {
    return ACCESS_TIME.matcher(words).replaceFirst("");
  }

  /** The first path that differs, and how many do; null when the trees are equal. */
  public static @Nullable String difference(
      SortedMap<String, String> expected, SortedMap<String, String> actual) {
    TreeSet<String> paths = new TreeSet<>(expected.keySet());
    paths.addAll(actual.keySet());
    String first = null;
    int count = 0;
    for (String path : paths) {
      String wanted = expected.get(path);
      String got = actual.get(path);
      if (!Objects.equals(wanted, got)) {
        count++;
        if (first == null) {
          first = path + "\n    expected " + wanted + "\n    but was  " + got;
        }
      }
    }
    return first == null ? null : count + " paths differ, first " + first;
  }
}
