// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.compose.Part;
import zonefsj.device.software.SoftwareZoneState;

/**
 * Gives all members of a mirror the same write pointer in a zone.
 *
 * <p>After a crash a zone may be longer on one member than on another. The longest one counts: all
 * others get what they lack. As a reset is durable on all members before the zone is written again,
 * the shorter ones are beginnings of the longest one, up to what no flush has covered.
 *
 * <p>Thread-safe; a zone is locked by the caller.
 */
final class ZoneLeveler {
  private static final Logger LOG = LoggerFactory.getLogger(ZoneLeveler.class);

  private final MirrorMembers members;
  private final MemberAccesses accesses;
  private final ZoneCopy copy = new ZoneCopy();

  ZoneLeveler(MirrorMembers members, MemberAccesses accesses) {
    this.members = members;
    this.accesses = accesses;
  }

  /** Finishes a zone on the members that have all of it: they get a resource back. */
  void finishLongest(int zone) throws IOException {
    List<Seat> longest = new ArrayList<>();
    long longestBytes = 0;
    for (Seat seat : members.following(zone)) {
      long writtenBytes = writtenBytes(seat.member(), seat.part(), zone);
      if (writtenBytes > longestBytes) {
        longest.clear();
        longestBytes = writtenBytes;
      }
      if (writtenBytes == longestBytes) {
        longest.add(seat);
      }
    }
    for (Seat seat : longest) {
      try {
        seat.part().finish(zone);
      } catch (IOException e) {
        DeviceException.rethrowShortage(e);
        if (!MemberAccesses.isWorn(seat.part(), zone)
            && !members.drop(seat.member(), seat.part(), e)) {
          throw e;
        }
      }
    }
  }

  /** Written bytes of a zone of a member; -1 if it does not answer, and was taken out. */
  private long writtenBytes(Member member, Part part, int zone) throws IOException {
    try {
      return part.report(zone).writtenBytes();
    } catch (IOException e) {
      DeviceException.rethrowShortage(e);
      if (!members.drop(member, part, e)) {
        throw e;
      }
      return -1;
    }
  }

  /** Gives all members that follow a zone the longest of their states. */
  SoftwareZoneState level(int zone, SoftwareZoneState known) throws IOException {
    while (true) {
      List<MemberAccesses.Attempt> attempts = new ArrayList<>();
      List<ZoneDescriptor> reports = new ArrayList<>();
      for (Seat seat : members.following(zone)) {
        MemberAccesses.Attempt attempt = new MemberAccesses.Attempt(seat);
        attempt.run(part -> reports.add(part.report(zone)));
        attempts.add(attempt);
      }
      boolean complete = attempts.stream().allMatch(attempt -> attempt.done);
      if (!complete) {
        accesses.judge(attempts.toArray(MemberAccesses.Attempt[]::new), Member::isCurrent, -1);
        continue;
      }
      if (reports.isEmpty()) {
        throw MemberAccesses.gone(zone);
      }
      SoftwareZoneState state = stateOf(reports, known);
      boolean even = state.condition() == ZoneCondition.READ_ONLY;
      if (!even && !fill(zone, attempts, reports)) {
        continue;
      }
      return state;
    }
  }

  /** The state of a zone with these states on its members. */
  static SoftwareZoneState stateOf(List<ZoneDescriptor> reports, SoftwareZoneState known) {
    if (reports.stream().allMatch(zone -> zone.condition() == ZoneCondition.OFFLINE)) {
      return SoftwareZoneState.of(reports.get(0));
    }
    if (reports.stream().anyMatch(ZoneDescriptor::hasFailed)) {
      long capacity = reports.get(0).capacityBytes();
      return new SoftwareZoneState(ZoneCondition.READ_ONLY, capacity, capacity, known.resets());
    }
    return SoftwareZoneState.of(longest(reports));
  }

  static ZoneDescriptor longest(List<ZoneDescriptor> reports) {
    ZoneDescriptor longest = reports.get(0);
    for (ZoneDescriptor zone : reports) {
      if (zone.writtenBytes() > longest.writtenBytes()
          || (zone.writtenBytes() == longest.writtenBytes()
              && zone.condition() == ZoneCondition.FULL)) {
        longest = zone;
      }
    }
    return longest;
  }

  /**
   * Gives each member what the longest one has.
   *
   * @return false if one could not take it, and was taken out
   */
  private boolean fill(
      int zone, List<MemberAccesses.Attempt> attempts, List<ZoneDescriptor> reports)
      throws IOException {
    ZoneDescriptor longest = longest(reports);
    MemberAccesses.Attempt has = attempts.get(reports.indexOf(longest));
    Part source = has.part;
    for (int at = 0; at < reports.size(); at++) {
      MemberAccesses.Attempt attempt = attempts.get(at);
      Part part = attempt.part;
      long fromBytes = reports.get(at).writtenBytes();
      if (fromBytes >= longest.writtenBytes()) {
        continue;
      }
      LOG.info("zone {} of {} gets what it lacks", zone, attempt.member.source().name());
      try {
        copy.copy(source, part, zone, fromBytes, longest.writtenBytes());
      } catch (ZoneCopy.SourceFailed e) {
        DeviceException.rethrowShortage(e.failure());
        // What the others lack was covered by no flush.
        if (!members.drop(has.member, source, e.failure())) {
          throw e.failure();
        }
        return false;
      } catch (IOException e) {
        DeviceException.rethrowShortage(e);
        if (!MemberAccesses.isWorn(part, zone) && !members.drop(attempt.member, part, e)) {
          throw e;
        }
        return false;
      }
    }
    return true;
  }
}
