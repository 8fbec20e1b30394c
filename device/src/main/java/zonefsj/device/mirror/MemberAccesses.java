// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.compose.Part;
import zonefsj.device.compose.PartThreads;

/**
 * Runs changes on the members of a mirror, and takes out those that fail.
 *
 * <p>If a change fails on some members only, it has succeeded, and those members are taken out. Two
 * failures are different: if a member's zone has become READ_ONLY or OFFLINE, the zone of the
 * mirror becomes READ_ONLY, so that its data move elsewhere and the member stays; and if the host
 * had no memory, nobody is to blame, and the change fails. If a change fails on all members, it
 * fails.
 *
 * <p>Thread-safe.
 */
final class MemberAccesses {
  private static final Logger LOG = LoggerFactory.getLogger(MemberAccesses.class);

  private final MirrorMembers members;
  private final PartThreads threads;

  MemberAccesses(MirrorMembers members, PartThreads threads) {
    this.members = members;
    this.threads = threads;
  }

  /**
   * Runs an access on members, and takes out those on which it fails while it succeeds on another
   * one that counts.
   *
   * @param zone which is changed; -1 for none
   */
  void run(List<Seat> those, boolean parallel, OfPart access, Counting counts, int zone)
      throws IOException {
    Attempt[] attempts = new Attempt[those.size()];
    List<PartThreads.Access> accesses = new ArrayList<>(attempts.length);
    for (int at = 0; at < attempts.length; at++) {
      Attempt attempt = new Attempt(those.get(at));
      attempts[at] = attempt;
      accesses.add(() -> attempt.run(access));
    }
    if (parallel) {
      threads.runAll(accesses);
    } else {
      for (PartThreads.Access one : accesses) {
        one.run();
      }
    }
    judge(attempts, counts, zone);
  }

  void judge(Attempt[] attempts, Counting counts, int zone) throws IOException {
    IOException failure = null;
    boolean anyDone = false;
    boolean anyFailed = false;
    for (Attempt attempt : attempts) {
      if (attempt.done) {
        anyDone |= counts.counts(attempt.member);
      } else if (attempt.failure != null && attempt.isStillIn()) {
        anyFailed = true;
        DeviceException.rethrowShortage(attempt.failure);
        failure = failure == null ? attempt.failure : failure;
      }
    }
    if (!anyDone) {
      throw failure != null ? failure : gone(zone);
    }
    if (!anyFailed) {
      return;
    }
    DeviceException worn = null;
    for (Attempt attempt : attempts) {
      Part part = attempt.part;
      if (attempt.failure == null || !attempt.isStillIn()) {
        continue;
      }
      if (zone >= 0 && isWorn(part, zone)) {
        worn =
            new DeviceException(
                Reason.ZONE_READ_ONLY,
                zone,
                "zone " + zone + " has failed on " + attempt.member.source().name(),
                attempt.failure);
      } else if (!members.drop(attempt.member, part, attempt.failure)) {
        throw attempt.failure;
      }
    }
    if (worn != null) {
      throw worn;
    }
  }

  /** Whether a zone has failed while its drive answers. */
  static boolean isWorn(Part part, int zone) {
    try {
      return part.report(zone).hasFailed();
    } catch (IOException e) {
      LOG.debug("zone {} of {} is not reported", zone, part.device(), e);
      return false;
    }
  }

  static DeviceException gone(int zone) {
    return new DeviceException(Reason.MEDIA, zone, "no member of the mirror is left that has it");
  }

  /** One access of one member, and how it ended. */
  static final class Attempt {
    private final Seat seat;
    final Member member;
    final Part part;
    volatile boolean done;
    private volatile @Nullable IOException failure;

    Attempt(Seat seat) {
      this.seat = seat;
      this.member = seat.member();
      this.part = seat.part();
    }

    void run(OfPart access) {
      try {
        access.run(part);
        done = true;
      } catch (IOException e) {
        failure = e;
      }
    }

    boolean isStillIn() {
      return seat.isTaken();
    }
  }

  /** An access of one member. */
  @FunctionalInterface
  interface OfPart {
    void run(Part part) throws IOException;
  }

  /** Whether the success of a member is a success of the mirror. */
  @FunctionalInterface
  interface Counting {
    boolean counts(Member member);
  }
}
