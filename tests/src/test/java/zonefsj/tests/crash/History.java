// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/** The states that a tree went through, and how they lie between the changes of the drive. */
final class History {
  private record Performed(boolean durable, int begun, int ended) {}

  private final List<String> names = new ArrayList<>();
  private final List<Performed> performed = new ArrayList<>();
  private final List<SortedMap<String, String>> states = new ArrayList<>();

  /**
   * @param start the tree before the first step
   */
  History(SortedMap<String, String> start) {
    states.add(start);
    names.add("the beginning");
  }

  /**
   * A step was done.
   *
   * @param durable whether it has acknowledged that everything up to now is durable
   * @param begun changes of the drive before it
   * @param ended changes of the drive when it returned
   * @param after the tree afterwards
   */
  void add(String name, boolean durable, int begun, int ended, SortedMap<String, String> after) {
    names.add(name);
    performed.add(new Performed(durable, begun, ended));
    states.add(after);
  }

  /** Number of the oldest state that a cut may leave. */
  int oldest(int cut) {
    int oldest = 0;
    for (int index = 0; index < performed.size(); index++) {
      if (performed.get(index).durable() && performed.get(index).ended() <= cut) {
        oldest = index + 1;
      }
    }
    return oldest;
  }

  /** Number of the newest state that a cut may leave. */
  int newest(int cut) {
    int newest = 0;
    while (newest < performed.size() && performed.get(newest).begun() <= cut) {
      newest++;
    }
    return newest;
  }

  /** A state; 0 is the one before the first step. */
  SortedMap<String, String> state(int number) {
    return states.get(number);
  }

  /** The step that led to a state. */
  String name(int number) {
    return names.get(number);
  }

  /** Number of steps. */
  int size() {
    return performed.size();
  }
}
