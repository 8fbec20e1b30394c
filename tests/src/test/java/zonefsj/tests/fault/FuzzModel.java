// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a tree held after each operation: every state, and so every version that a file ever had.
 * Contents are shared between states.
 */
final class FuzzModel {
  /** What a path can be. */
  enum Kind {
    FILE,
    DIRECTORY,
    SYMLINK
  }

  /**
   * What a path leads to.
   *
   * @param kind what it is
   * @param id whose content: paths with one id are one file
   * @param content of the file, or the target
   */
  @SuppressWarnings("ArrayRecordComponent") // never changed, never compared
  record Node(Kind kind, int id, byte[] content) {}

  private final List<Map<String, Node>> states = new ArrayList<>();
  private final Map<Integer, List<byte[]>> versions = new HashMap<>();
  private TreeMap<String, Node> now = new TreeMap<>();
  private int ids;

  FuzzModel() {
    states.add(new TreeMap<>());
  }

  /** The state after the newest operation. */
  Map<String, Node> now() {
    return now;
  }

  /** All states, oldest first. */
  List<Map<String, Node>> states() {
    return states;
  }

  /** Ends an operation. */
  void done() {
    states.add(new TreeMap<>(now));
  }

  void add(String path, Kind kind, byte[] content) {
    put(path, new Node(kind, ids++, content));
  }

  private void put(String path, Node node) {
    now.put(path, node);
    versions.computeIfAbsent(node.id(), id -> new ArrayList<>()).add(node.content());
  }

  void link(String from, String to) {
    now.put(to, node(from));
  }

  void remove(String path) {
    now.remove(path);
  }

  /** Moves a path and all below it; what was at the new one goes. */
  void move(String from, String to) {
    TreeMap<String, Node> moved = new TreeMap<>();
    for (Map.Entry<String, Node> entry : now.entrySet()) {
      String path = entry.getKey();
      boolean below = path.equals(from) || path.startsWith(from + "/");
      if (!path.equals(to)) {
        moved.put(below ? to + path.substring(from.length()) : path, entry.getValue());
      }
    }
    now = moved;
  }

  Node node(String path) {
    Node node = now.get(path);
    if (node == null) {
      throw new IllegalStateException("the model has no " + path);
    }
    return node;
  }

  /** Writes a range; what was not there before is zeros. */
  void write(String path, int offset, byte[] bytes) {
    byte[] old = node(path).content();
    byte[] changed = Arrays.copyOf(old, Math.max(old.length, offset + bytes.length));
    System.arraycopy(bytes, 0, changed, offset, bytes.length);
    replace(path, changed);
  }

  void truncate(String path, int length) {
    replace(path, Arrays.copyOf(node(path).content(), length));
  }

  private void replace(String path, byte[] content) {
    Node old = node(path);
    Node changed = new Node(old.kind(), old.id(), content);
    for (Map.Entry<String, Node> entry : now.entrySet()) {
      if (entry.getValue().id() == old.id()) {
        entry.setValue(changed);
      }
    }
    put(path, changed);
  }

  int totalBytes() {
    return now.values().stream().mapToInt(node -> node.content().length).sum();
  }

  @Nullable String randomPath(SplittableRandom random, Kind kind) {
    List<String> paths =
        now.entrySet().stream()
            .filter(entry -> entry.getValue().kind() == kind)
            .map(Map.Entry::getKey)
            .toList();
    return paths.isEmpty() ? null : paths.get(random.nextInt(paths.size()));
  }

  /** Every content that any file had that was ever at a path; of all files, if none was. */
  List<byte[]> everAt(String path) {
    Set<Integer> found = new HashSet<>();
    for (Map<String, Node> state : states) {
      Node node = state.get(path);
      if (node != null) {
        found.add(node.id());
      }
    }
    List<byte[]> contents = new ArrayList<>();
    for (int id : found.isEmpty() ? versions.keySet() : found) {
      contents.addAll(versions.getOrDefault(id, List.of()));
    }
    return contents;
  }
}
