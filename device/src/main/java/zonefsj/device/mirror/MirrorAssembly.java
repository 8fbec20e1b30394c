// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.Part;
import zonefsj.device.compose.PartShapes;
import zonefsj.device.compose.PartThreads;
import zonefsj.device.software.ReportedShapes;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.software.ZoneStateMachine;
import zonefsj.device.spec.DeviceSpecException;

/**
 * Puts the members of a mirror together when it is known which label counts: who is current, how
 * many zones there are, and what state each of them has. Used once, by one thread.
 */
final class MirrorAssembly {
  private static final Logger LOG = LoggerFactory.getLogger(MirrorAssembly.class);
  private static final String KIND = MirrorOpening.KIND;

  private final List<Candidate> candidates;
  private final boolean readOnly;
  private final boolean degraded;
  private final boolean grows;
  private final LongSupplier steps;
  private final String spec;

  /**
   * @param steps by which events of labels grow
   * @param spec the mirror as a user types it
   */
  MirrorAssembly(
      List<Candidate> candidates,
      boolean readOnly,
      boolean degraded,
      boolean grows,
      LongSupplier steps,
      String spec) {
    this.candidates = List.copyOf(candidates);
    this.readOnly = readOnly;
    this.degraded = degraded;
    this.grows = grows;
    this.steps = steps;
    this.spec = spec;
  }

  /** The mirror, of the candidates that have a label and are not older than the newest one. */
  MirrorZonedDevice assemble(MirrorLabel newest) throws IOException {
    for (Candidate candidate : Candidate.labelled(candidates)) {
      ZonedDevice device = candidate.device();
      if (device != null
          && candidate.label().event() == newest.event()
          && device.geometry().zoneCount() < newest.zones()) {
        throw new DeviceSpecException(
            candidate.name()
                + ": its label says that the mirror uses "
                + newest.zones()
                + " zones, and it has "
                + device.geometry().zoneCount());
      }
    }
    int memberZones = memberZones(newest);
    int zones = memberZones - MirrorLabels.ZONES;
    @Nullable Candidate[] ofIndex = new @Nullable Candidate[candidates.size()];
    for (Candidate candidate : Candidate.labelled(candidates)) {
      ofIndex[candidate.label().index()] = candidate;
    }
    List<Candidate> others = new ArrayList<>(candidates);
    others.removeAll(Candidate.labelled(candidates));
    List<Member> members = new ArrayList<>();
    List<Candidate> behind = new ArrayList<>();
    for (int index = 0; index < ofIndex.length; index++) {
      Candidate found = ofIndex[index];
      Candidate candidate = found == null ? others.remove(0) : found;
      Member member = new Member(index, candidate.source(), zones);
      members.add(member);
      ZonedDevice device = candidate.device();
      boolean tooSmall = device != null && device.geometry().zoneCount() < newest.zones();
      if (tooSmall) {
        candidate.noteReason("it has fewer zones than the mirror, which uses " + newest.zones());
      }
      boolean current =
          candidate.isLabelled()
              && !tooSmall
              // One that lags, if only by a crash between two labels, is compared first.
              && candidate.label().event() == newest.event()
              && newest.isCurrent(index);
      if (device != null && current) {
        member.attach(new Part(device, MirrorLabels.ZONES), true);
      } else {
        behind.add(candidate);
        member.detach(candidate.reason().isEmpty() ? "it has missed changes" : candidate.reason());
      }
    }
    List<Member> current = members.stream().filter(Member::isCurrent).toList();
    if (current.isEmpty()) {
      throw new DeviceSpecException(
          KIND
              + ": the members that have everything are missing: "
              + members.stream()
                  .filter(member -> newest.isCurrent(member.index()))
                  .map(member -> member.source().name() + " (" + member.state().reason() + ")")
                  .collect(Collectors.joining(", ")));
    }
    // The first label that this mirror writes says how many zones it has now.
    MirrorMembers group =
        new MirrorMembers(
            members, newest.withZones(memberZones).confirmed(taken(newest)), readOnly, steps);
    MirrorZonedDevice mirror =
        assemble(group, newest.zones() - MirrorLabels.ZONES, limits(behind, memberZones));
    for (Candidate candidate : behind) {
      // The thread of the mirror opens it again, and decides whether it can be used.
      candidate.close();
    }
    return mirror;
  }

  /** Bits of the members that have taken a label: it was encoded before it said so itself. */
  private int taken(MirrorLabel newest) {
    return Candidate.current(candidates, newest).stream()
        .mapToInt(label -> 1 << label.index())
        .sum();
  }

  /** What those that are brought up to date later say of themselves: they take its writes then. */
  private static List<DeviceGeometry> limits(List<Candidate> behind, int memberZones) {
    List<DeviceGeometry> limits = new ArrayList<>();
    for (Candidate candidate : behind) {
      ZonedDevice device = candidate.device();
      if (device != null
          && device.geometry().zoneCount() >= memberZones
          && (candidate.isLabelled() || isEmpty(device))) {
        limits.add(device.geometry());
      }
    }
    return limits;
  }

  private static boolean isEmpty(ZonedDevice device) {
    try {
      return PartShapes.isEmpty(device);
    } catch (IOException e) {
      LOG.debug("{} cannot be looked at", device, e);
      return false;
    }
  }

  /**
   * Number of zones of a member that the mirror uses from now on, with those of the label: if it
   * may grow, as many as the smallest member has.
   */
  private int memberZones(MirrorLabel newest) throws DeviceSpecException {
    int least = Integer.MAX_VALUE;
    Optional<String> missing = Optional.empty();
    for (Candidate candidate : candidates) {
      ZonedDevice device = candidate.device();
      if (device == null) {
        missing = Optional.of(candidate.name() + " (" + candidate.reason() + ")");
      } else {
        least = Math.min(least, device.geometry().zoneCount());
      }
    }
    if (!grows || least <= newest.zones()) {
      return newest.zones();
    }
    if (missing.isPresent()) {
      throw new DeviceSpecException(
          KIND
              + ": it cannot grow while a member is missing, because that would then be too small: "
              + missing.orElseThrow());
    }
    return least;
  }

  /** Refuses to take zones into the mirror in which something is written. */
  private static void requireEmpty(Member member, List<ZoneDescriptor> zones)
      throws DeviceSpecException {
    for (ZoneDescriptor zone : zones) {
      if (zone.condition().isActive() || zone.condition() == ZoneCondition.FULL) {
        throw new DeviceSpecException(
            KIND
                + ": it cannot grow: zone "
                + zone.index()
                + " of "
                + member.source().name()
                + " is not empty; 'zonefs-j zone reset --force' empties it");
      }
    }
  }

  /**
   * Puts the current members together.
   *
   * @param zonesBefore as many of them are not new
   * @param limits of members that are not current
   */
  private MirrorZonedDevice assemble(
      MirrorMembers group, int zonesBefore, List<DeviceGeometry> limits) throws IOException {
    int zones = group.zones();
    MirrorLabel newest = group.label();
    BitSet doubtful = newest.doubtful();
    if (!newest.closed()) {
      doubtful.set(0, zones);
    }
    // A new conventional zone has other bytes on every member.
    doubtful.set(zonesBefore, zones);
    List<Member> current = new ArrayList<>();
    List<List<ZoneDescriptor>> reports = new ArrayList<>();
    IOException failure = null;
    for (Member member : group.current()) {
      try {
        reports.add(part(member).reportAll(readOnly).subList(0, zones));
        current.add(member);
      } catch (IOException e) {
        DeviceException.rethrowShortage(e);
        LOG.warn("{} cannot be used", member.source().name(), e);
        failure = e;
        leave(member, e);
      }
    }
    if (current.isEmpty()) {
      throw failure == null ? new DeviceSpecException(KIND + ": no member is left") : failure;
    }
    group.begin(doubtful);
    Part first = part(current.get(0));
    List<ZoneDescriptor> shape = reports.get(0);
    for (int at = 1; at < current.size(); at++) {
      PartShapes.requireSameZones(
          KIND, first.device(), shape, part(current.get(at)).device(), reports.get(at));
    }
    for (int at = 0; at < current.size(); at++) {
      requireEmpty(current.get(at), reports.get(at).subList(zonesBefore, zones));
    }
    DeviceGeometry geometry =
        MirrorGeometry.of(
            Stream.concat(
                    current.stream().map(member -> part(member).device().geometry()),
                    limits.stream())
                .toList(),
            shape,
            spec);
    PartThreads threads = new PartThreads(KIND);
    MirrorStorage storage = new MirrorStorage(group, threads);
    List<SoftwareZoneState> states = new ArrayList<>();
    List<Integer> uneven = new ArrayList<>();
    for (int zone = 0; zone < zones; zone++) {
      int number = zone;
      List<ZoneDescriptor> ofZone = reports.stream().map(report -> report.get(number)).toList();
      boolean even =
          ofZone.stream().mapToLong(ZoneDescriptor::writtenBytes).distinct().count() == 1;
      SoftwareZoneState state = ZoneLeveler.stateOf(ofZone, SoftwareZoneState.EMPTY);
      states.add(state);
      if (!even) {
        uneven.add(zone);
      }
      boolean same = even && (!doubtful.get(zone) || state.equals(SoftwareZoneState.EMPTY));
      if (!newest.closed() && state.equals(SoftwareZoneState.EMPTY)) {
        // What no flush has covered is not in the labels, and the zone can be written now.
        group.noteMaybeReset(zone);
      }
      boolean anyFailed = ofZone.stream().anyMatch(ZoneDescriptor::hasFailed);
      int worth = ofZone.stream().mapToInt(MirrorAssembly::worth).max().orElse(0);
      boolean isAnswered = false;
      for (int at = 0; at < current.size(); at++) {
        boolean hasMost = !anyFailed || worth(ofZone.get(at)) == worth;
        // After a crash, what no flush has covered may differ: one member answers for all.
        boolean answers = hasMost && (same || !isAnswered);
        current.get(at).inStep().set(zone, answers);
        isAnswered |= answers;
      }
      if (readOnly && !even && !anyFailed) {
        showLevelled(storage, current, ofZone);
      }
    }
    ZoneStateMachine machine =
        new ZoneStateMachine(new ReportedShapes(geometry, MirrorGeometry.shapes(shape)), states);
    if (!readOnly) {
      level(storage, machine, states, uneven, reports);
      if (!uneven.isEmpty() || zones > zonesBefore) {
        // Now: before, a member may have no active resource left for the zone of the label.
        group.use();
      }
    }
    if (!newest.closed()) {
      LOG.info("{}: it was not closed in good order, its members are compared", KIND);
    }
    return new MirrorZonedDevice(geometry, machine, group, storage, readOnly, degraded);
  }

  /** In a zone that has failed on a member, others may lack what is still there. */
  private static int worth(ZoneDescriptor zone) {
    return zone.condition() == ZoneCondition.OFFLINE
        ? 0
        : zone.condition() == ZoneCondition.EMPTY ? 1 : 2;
  }

  /**
   * Lets a zone that is not made even, because the mirror is only read, be read as if it were: what
   * the first member lacks comes from the longest one, and no other one is asked.
   */
  private static void showLevelled(
      MirrorStorage storage, List<Member> current, List<ZoneDescriptor> ofZone) {
    ZoneDescriptor longest = ZoneLeveler.longest(ofZone);
    int zone = longest.index() - MirrorLabels.ZONES;
    for (int at = 0; at < current.size(); at++) {
      boolean isLongest = ofZone.get(at).writtenBytes() == longest.writtenBytes();
      current.get(at).follows().set(zone, isLongest);
    }
    Member has = current.get(ofZone.indexOf(longest));
    storage.noteRest(zone, ofZone.get(0).writtenBytes(), new Seat(has, part(has)));
  }

  /** Brings zones to the same state on all members, and finishes those that are too many. */
  private static void level(
      MirrorStorage storage,
      ZoneStateMachine machine,
      List<SoftwareZoneState> states,
      List<Integer> uneven,
      List<List<ZoneDescriptor>> reports)
      throws IOException {
    // First those that give back active resources, and of these the ones that have some on every
    // member: later ones may need them.
    uneven.sort(
        Comparator.comparing((Integer zone) -> machine.state(zone).condition().isActive())
            .thenComparing(
                zone ->
                    reports.stream()
                        .anyMatch(report -> report.get(zone).condition() == ZoneCondition.EMPTY)));
    for (int zone = 0; zone < states.size(); zone++) {
      if (isExcess(machine, states, zone)) {
        storage.leveler().finishLongest(zone);
      }
    }
    for (int zone : uneven) {
      SoftwareZoneState state = storage.leveler().level(zone, machine.state(zone));
      if (machine.state(zone).condition() != ZoneCondition.FULL) {
        machine.settle(zone, state);
      }
    }
    for (int zone = 0; zone < states.size(); zone++) {
      if (isExcess(machine, states, zone)) {
        storage.finishExcess(zone);
      }
    }
  }

  /** Whether a zone is full only because more were active than the limit allows. */
  private static boolean isExcess(
      ZoneStateMachine machine, List<SoftwareZoneState> states, int zone) {
    return machine.state(zone).condition() == ZoneCondition.FULL
        && states.get(zone).condition() != ZoneCondition.FULL;
  }

  /** Leaves a member out; the first label that is written says so. */
  private static void leave(Member member, IOException failure) {
    Part part = part(member);
    member.detach(String.valueOf(failure.getMessage()));
    Candidate.closeQuietly(part.device());
  }

  private static Part part(Member member) {
    Part part = member.part();
    if (part == null) {
      throw new IllegalStateException(member.source().name() + " has no drive");
    }
    return part;
  }
}
