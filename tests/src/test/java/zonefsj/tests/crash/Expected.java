// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.function.IntFunction;

/**
 * What a crash may leave, and what an application does about it.
 *
 * @param allowed the trees, oldest first
 * @param retry what is tried again, by the number of the tree that was found
 */
record Expected(List<SortedMap<String, String>> allowed, IntFunction<List<Step.Request>> retry) {

  /** Nothing is tried again. */
  static Expected of(List<SortedMap<String, String>> allowed) {
    return new Expected(allowed, found -> List.of());
  }

  /** What a cut may leave of a history. */
  static Expected of(History history, int cut) {
    return of(trees(history, cut));
  }

  /** What a cut may leave of a run, whose lost requests are tried again, at most so many. */
  static Expected of(WorkloadRun run, int cut, int mostRetries) {
    int oldest = run.history().oldest(cut);
    return new Expected(
        trees(run.history(), cut), found -> run.requestsAfter(oldest + found, mostRetries));
  }

  private static List<SortedMap<String, String>> trees(History history, int cut) {
    List<SortedMap<String, String>> allowed = new ArrayList<>();
    for (int state = history.oldest(cut); state <= history.newest(cut); state++) {
      allowed.add(history.state(state));
    }
    return allowed;
  }
}
