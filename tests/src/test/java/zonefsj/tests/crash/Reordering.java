// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import zonefsj.tests.crash.DriveChange.Flush;
import zonefsj.tests.crash.DriveChange.Reset;
import zonefsj.tests.crash.DriveChange.Write;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/** What a filesystem would have done that does things in the wrong order. */
final class Reordering {
  private Reordering() {}

  /** Whether a change is a write that begins with a frame of a kind. */
  static Predicate<DriveChange> writes(FrameKind kind) {
    return change -> {
      if (change instanceof Write write && write.bytes().length > 0) {
        FrameHeader header = FrameHeader.decode(ByteBuffer.wrap(write.bytes()));
        return header != null && header.kind() == kind;
      }
      return false;
    };
  }

  /** What comes right behind a flush is done right before it. */
  static List<DriveChange> beforeTheFlush(List<DriveChange> said, Predicate<DriveChange> early) {
    List<DriveChange> done = new ArrayList<>(said);
    for (int at = 1; at < done.size(); at++) {
      if (done.get(at - 1) instanceof Flush && early.test(done.get(at))) {
        Collections.swap(done, at - 1, at);
      }
    }
    return done;
  }

  /** The last of some changes before each flush is done right behind it. */
  static List<DriveChange> behindTheFlush(List<DriveChange> said, Predicate<DriveChange> late) {
    List<DriveChange> done = new ArrayList<>(said);
    for (int flush = 1; flush < done.size(); flush++) {
      if (!(done.get(flush) instanceof Flush)) {
        continue;
      }
      int at = flush - 1;
      while (at >= 0 && !(done.get(at) instanceof Flush) && !late.test(done.get(at))) {
        at--;
      }
      if (at >= 0 && late.test(done.get(at)) && isLastOfItsZone(done, at, flush)) {
        done.add(flush, done.remove(at));
        flush++;
      }
    }
    return done;
  }

  private static boolean isLastOfItsZone(List<DriveChange> all, int at, int end) {
    int zone = all.get(at).zone();
    return all.subList(at + 1, end).stream().noneMatch(change -> change.zone() == zone);
  }

  /** A zone is reset a commit too early, so that the next one may be written to it. */
  static List<DriveChange> resetACommitEarly(List<DriveChange> said) {
    List<DriveChange> done = new ArrayList<>(said);
    for (int reset = 1; reset < done.size(); reset++) {
      if (!(done.get(reset) instanceof Reset)) {
        continue;
      }
      int zone = done.get(reset).zone();
      int at = reset;
      for (int flushes = 0; flushes < 2 && at > 0 && done.get(at - 1).zone() != zone; ) {
        at--;
        flushes += done.get(at) instanceof Flush ? 1 : 0;
      }
      done.add(at, done.remove(reset));
    }
    return done;
  }

  /** Some writes are changed on their way. */
  static List<DriveChange> changed(List<DriveChange> said, UnaryOperator<Write> change) {
    List<DriveChange> done = new ArrayList<>();
    for (DriveChange one : said) {
      done.add(one instanceof Write write ? change.apply(write) : one);
    }
    return done;
  }
}
