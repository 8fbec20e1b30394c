// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.util.ArrayList;
import java.util.List;

/** Cuts changes where the kernel may cut them: between pages of the file that is written. */
final class Pages {
  private static final int PAGE = 4096;

  private Pages() {}

  /** Changes with the same effect, none of which writes to more than one page. */
  static List<Change> split(List<Change> changes) {
    List<Change> pieces = new ArrayList<>();
    for (Change change : changes) {
      if (change instanceof Change.Write write) {
        long end = write.offset() + write.length();
        for (long at = write.offset(); at < end; at = next(at)) {
          long length = Math.min(end, next(at)) - at;
          pieces.add(new Change.Write(write.path(), at, length, write.seed()));
        }
      } else if (change instanceof Change.Copy copy) {
        long end = copy.toOffset() + copy.length();
        for (long at = copy.toOffset(); at < end; at = next(at)) {
          long from = copy.fromOffset() + at - copy.toOffset();
          long length = Math.min(end, next(at)) - at;
          pieces.add(new Change.Copy(copy.from(), copy.to(), from, at, length));
        }
      } else {
        pieces.add(change);
      }
    }
    return pieces;
  }

  private static long next(long at) {
    return (at / PAGE + 1) * PAGE;
  }
}
