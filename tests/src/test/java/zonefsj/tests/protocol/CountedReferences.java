// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.protocol;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import zonefsj.fs.ZoneFileSystem;

/**
 * What keeps an inode alive: names, references of the kernel, open handles. Told of each request
 * that succeeded.
 */
final class CountedReferences {
  /** An inode as the kernel knows it. */
  static final class Node {
    final long inode;
    final boolean directory;
    final Map<String, Long> entries = new TreeMap<>();
    long references;
    int names;
    int handles;

    Node(long inode, boolean directory) {
      this.inode = inode;
      this.directory = directory;
    }

    boolean isAlive() {
      return inode == ZoneFileSystem.ROOT_INODE || names > 0 || references > 0 || handles > 0;
    }
  }

  private final Map<Long, Node> nodes = new TreeMap<>();
  private final Map<Long, Node> handles = new HashMap<>();
  private final SplittableRandom random;

  CountedReferences(SplittableRandom random) {
    this.random = random;
    nodes.put(ZoneFileSystem.ROOT_INODE, new Node(ZoneFileSystem.ROOT_INODE, true));
  }

  Iterable<Node> all() {
    return nodes.values();
  }

  long alive() {
    return nodes.values().stream().filter(Node::isAlive).count();
  }

  /** An inode that the kernel knows and may ask about, a directory or any. */
  Node known(boolean directory) {
    List<Node> choice = new ArrayList<>();
    for (Node node : nodes.values()) {
      boolean isKnown = node.references > 0 || node.inode == ZoneFileSystem.ROOT_INODE;
      if (isKnown && (!directory || node.directory)) {
        choice.add(node);
      }
    }
    return choice.get(random.nextInt(choice.size()));
  }

  Node node(long inode) {
    return Objects.requireNonNull(nodes.get(inode));
  }

  /** An answer named an inode. */
  Node referred(long inode, boolean directory) {
    Node node = nodes.computeIfAbsent(inode, number -> new Node(number, directory));
    node.references++;
    return node;
  }

  void named(Node parent, String name, Node node) {
    parent.entries.put(name, node.inode);
    node.names++;
  }

  void unnamed(Node parent, String name) {
    Long inode = parent.entries.remove(name);
    if (inode != null) {
      node(inode).names--;
    }
  }

  /** As rename(2): what had the new name has it no more; two names of one inode stay. */
  void renamed(Node parent, String name, Node newParent, String newName) {
    Long inode = parent.entries.get(name);
    if (inode != null && !inode.equals(newParent.entries.get(newName))) {
      unnamed(newParent, newName);
      unnamed(parent, name);
      named(newParent, newName, node(inode));
    }
  }

  void exchanged(Node parent, String name, Node newParent, String newName) {
    long one = Objects.requireNonNull(parent.entries.get(name));
    long other = Objects.requireNonNull(newParent.entries.get(newName));
    parent.entries.put(name, other);
    newParent.entries.put(newName, one);
  }

  void opened(long handle, Node node) {
    handles.put(handle, node);
    node.handles++;
  }

  List<Long> openHandles() {
    return new ArrayList<>(handles.keySet());
  }

  void released(long handle) {
    Objects.requireNonNull(handles.remove(handle)).handles--;
  }

  void forgotten(Node node, long count) {
    node.references -= count;
  }
}
