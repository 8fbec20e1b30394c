// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one worker knows of its directory: how it is now, how it was when it was last made durable,
 * what has changed since, and what is being changed. Used by one thread at a time.
 */
final class Subtree {
  private final String root;
  private TreeModel now;
  private TreeModel durable;
  private final List<Change> since = new ArrayList<>();
  private @Nullable Change pending;

  Subtree(String root) {
    this.root = root;
    now = new TreeModel(root);
    durable = new TreeModel(root);
  }

  String root() {
    return root;
  }

  TreeModel now() {
    return now;
  }

  /** A change is about to be asked for. */
  void begin(Change change) {
    pending = change;
  }

  /** It was refused: nothing has changed. */
  void refused() {
    pending = null;
  }

  /** It has taken effect, maybe in part: as {@code change} says. */
  void done(Change change) {
    pending = null;
    now.apply(change);
    since.add(change);
  }

  /** All of it is durable. */
  void synced() {
    since.forEach(durable::apply);
    since.clear();
  }

  /** How it was when it was last made durable; the caller may change it. */
  TreeModel durableCopy() {
    return durable.copy();
  }

  /**
   * What may or may not be there after a crash, in order.
   *
   * @param pageWise the kernel may have sent a long write in several requests
   */
  List<Change> unsettled(boolean pageWise) {
    List<Change> all = new ArrayList<>(since);
    if (pending != null) {
      all.add(pending);
    }
    return pageWise ? Pages.split(all) : all;
  }

  /** It was found to be so after a crash, and is durable. */
  void settle(TreeModel found) {
    now = found;
    durable = found.copy();
    since.clear();
    pending = null;
  }
}
