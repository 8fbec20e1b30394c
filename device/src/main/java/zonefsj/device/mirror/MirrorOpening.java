// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
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
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceSpecException;

/** Puts a mirror together from what its members say. Used once, by one thread. */
final class MirrorOpening {
  private static final Logger LOG = LoggerFactory.getLogger(MirrorOpening.class);
  private static final String KIND = "mirror";

  private final List<MemberSource> sources;
  private final boolean readOnly;
  private final Creation creation;
  private final boolean grows;
  private final SecureRandom ids = new SecureRandom();
  private final List<Candidate> candidates = new ArrayList<>();

  /** A source, and what was found there. */
  private static final class Candidate {
    final MemberSource source;
    @Nullable ZonedDevice device;
    Optional<MirrorLabel> label = Optional.empty();
    String reason = "";

    Candidate(MemberSource source) {
      this.source = source;
    }
  }

  MirrorOpening(List<MemberSource> sources, boolean readOnly, Creation creation, boolean grows) {
    this.sources = List.copyOf(sources);
    this.readOnly = readOnly;
    this.creation = creation;
    this.grows = grows && !readOnly;
  }

  MirrorZonedDevice open() throws IOException {
    boolean opened = false;
    try {
      openDrives();
      MirrorLabel newest = newest();
      MirrorZonedDevice mirror = assemble(newest);
      opened = true;
      return mirror;
    } finally {
      if (!opened) {
        candidates.forEach(MirrorOpening::closeCandidate);
      }
    }
  }

  private void openDrives() throws IOException {
    IOException failure = null;
    for (MemberSource source : sources) {
      Candidate candidate = new Candidate(source);
      candidates.add(candidate);
      try {
        ZonedDevice device = source.open(creation);
        candidate.device = device;
        candidate.label = MirrorLabels.read(device);
      } catch (IOException e) {
        failure = e;
        candidate.reason = String.valueOf(e.getMessage());
        closeCandidate(candidate);
      }
    }
    if (failure != null && candidates.stream().allMatch(candidate -> candidate.device == null)) {
      throw failure;
    }
    if (failure != null && creation != Creation.NONE && labelled().isEmpty()) {
      throw failure;
    }
  }

  /** The mirror goes on without the drive; why it cannot be closed matters to nobody else. */
  private static void closeQuietly(ZonedDevice device) {
    try {
      device.close();
    } catch (IOException e) {
      LOG.warn("{} cannot be closed", device, e);
    }
  }

  private static void closeCandidate(Candidate candidate) {
    ZonedDevice device = candidate.device;
    candidate.device = null;
    if (device != null) {
      closeQuietly(device);
    }
  }

  private List<Candidate> labelled() {
    return candidates.stream().filter(candidate -> candidate.label.isPresent()).toList();
  }

  private static MirrorLabel labelOf(Candidate candidate) {
    return candidate.label.orElseThrow();
  }

  /** The label that counts; of a new mirror if there is none, and it may be made. */
  private MirrorLabel newest() throws IOException {
    List<Candidate> labelled = labelled();
    Optional<String> mismatch = mismatch(labelled);
    boolean anew =
        mismatch.isPresent()
            && (creation == Creation.ERASE
                || (creation == Creation.IF_EMPTY && labelled.isEmpty()));
    if (anew) {
      for (Candidate candidate : candidates) {
        if (candidate.device == null) {
          throw new DeviceSpecException(candidate.source.name() + ": " + candidate.reason);
        }
      }
      return create();
    }
    if (mismatch.isPresent()) {
      throw new DeviceSpecException(mismatch.orElseThrow());
    }
    MirrorLabel newest = labelOf(labelled.get(0));
    for (Candidate candidate : labelled) {
      if (labelOf(candidate).isNewerThan(newest)) {
        newest = labelOf(candidate);
      }
    }
    return newest;
  }

  private Optional<String> mismatch(List<Candidate> labelled) {
    if (labelled.isEmpty()) {
      return Optional.of(
          sources.get(0).name()
              + " is no member of a mirror; 'zonefs-j mkfs' makes one of empty drives, with --force"
              + " of any");
    }
    Candidate first = labelled.get(0);
    boolean[] seen = new boolean[sources.size()];
    for (Candidate candidate : labelled) {
      MirrorLabel label = labelOf(candidate);
      if (!label.mirror().equals(labelOf(first).mirror())) {
        return Optional.of(
            candidate.source.name()
                + " is "
                + label.title()
                + "; "
                + first.source.name()
                + " is "
                + labelOf(first).title());
      }
      if (label.count() != sources.size() || seen[label.index()]) {
        return Optional.of(
            candidate.source.name()
                + " is "
                + label.title()
                + "; give each of them once, also those that are missing");
      }
      seen[label.index()] = true;
    }
    return Optional.empty();
  }

  private MirrorLabel create() throws IOException {
    List<ZonedDevice> devices = new ArrayList<>();
    for (Candidate candidate : candidates) {
      ZonedDevice device = candidate.device;
      if (device != null) {
        devices.add(device);
      }
    }
    MirrorLabel label = MirrorCreation.create(devices, creation == Creation.ERASE, ids.nextLong());
    for (int index = 0; index < devices.size(); index++) {
      candidates.get(index).label = Optional.of(label.of(index));
    }
    return label;
  }

  private MirrorZonedDevice assemble(MirrorLabel newest) throws IOException {
    checkNotDiverged(newest);
    for (Candidate candidate : labelled()) {
      ZonedDevice device = candidate.device;
      if (device != null
          && labelOf(candidate).generation() == newest.generation()
          && device.geometry().zoneCount() < newest.zones()) {
        throw new DeviceSpecException(
            candidate.source.name()
                + ": its label says that the mirror uses "
                + newest.zones()
                + " zones, and it has "
                + device.geometry().zoneCount());
      }
    }
    int memberZones = memberZones(newest);
    int zones = memberZones - MirrorLabels.ZONES;
    @Nullable Candidate[] ofIndex = new @Nullable Candidate[sources.size()];
    for (Candidate candidate : labelled()) {
      ofIndex[labelOf(candidate).index()] = candidate;
    }
    List<Candidate> others = new ArrayList<>(candidates);
    others.removeAll(labelled());
    List<Member> members = new ArrayList<>();
    List<Candidate> behind = new ArrayList<>();
    for (int index = 0; index < ofIndex.length; index++) {
      Candidate found = ofIndex[index];
      Candidate candidate = found == null ? others.remove(0) : found;
      Member member = new Member(index, candidate.source, zones);
      members.add(member);
      ZonedDevice device = candidate.device;
      boolean tooSmall = device != null && device.geometry().zoneCount() < newest.zones();
      if (tooSmall) {
        candidate.reason = "it has fewer zones than the mirror, which uses " + newest.zones();
      }
      boolean current =
          candidate.label.isPresent()
              && !tooSmall
              // One that lags, if only by a crash between two labels, is compared first.
              && labelOf(candidate).generation() == newest.generation()
              && newest.isCurrent(index)
              && labelOf(candidate).history().get(0).equals(newest.history().get(0));
      if (device != null && current) {
        member.attach(new Part(device, MirrorLabels.ZONES), true);
      } else {
        behind.add(candidate);
        member.detach(candidate.reason.isEmpty() ? "it has missed changes" : candidate.reason);
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
    boolean clean =
        newest.clean()
            && labelled().stream()
                .allMatch(
                    candidate ->
                        !newest.isCurrent(labelOf(candidate).index())
                            || labelOf(candidate).generation() == newest.generation());
    // The first label that this mirror writes says how many zones it has now.
    MirrorMembers group =
        new MirrorMembers(members, newest.withZones(memberZones), readOnly, ids::nextLong);
    MirrorZonedDevice mirror =
        assemble(
            group, zones, newest.zones() - MirrorLabels.ZONES, clean, limits(behind, memberZones));
    for (Candidate candidate : behind) {
      // The thread of the mirror opens it again, and decides whether it can be used.
      closeCandidate(candidate);
    }
    return mirror;
  }

  /** What those that are brought up to date later say of themselves: they take its writes then. */
  private static List<DeviceGeometry> limits(List<Candidate> behind, int memberZones) {
    List<DeviceGeometry> limits = new ArrayList<>();
    for (Candidate candidate : behind) {
      ZonedDevice device = candidate.device;
      if (device != null
          && device.geometry().zoneCount() >= memberZones
          && (candidate.label.isPresent() || isEmpty(device))) {
        limits.add(device.geometry());
      }
    }
    return limits;
  }

  private static boolean isEmpty(ZonedDevice device) {
    try {
      return MirrorCreation.isEmpty(device);
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
      ZonedDevice device = candidate.device;
      if (device == null) {
        missing = Optional.of(candidate.source.name() + " (" + candidate.reason + ")");
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

  /** Refuses members that were each written without the other. */
  private void checkNotDiverged(MirrorLabel newest) throws DeviceSpecException {
    for (Candidate candidate : labelled()) {
      if (!newest.history().contains(labelOf(candidate).history().get(0))
          && !labelOf(candidate).history().contains(newest.history().get(0))) {
        throw new DeviceSpecException(
            candidate.source.name()
                + " and "
                + sources.stream()
                    .map(MemberSource::name)
                    .filter(name -> !name.equals(candidate.source.name()))
                    .collect(Collectors.joining(", "))
                + " were each written without the other; empty the one that is to be given up with"
                + " 'zonefs-j zone reset --force', it is then brought up to date");
      }
    }
  }

  /**
   * Puts the current members together.
   *
   * @param zones number of zones of the mirror
   * @param zonesBefore as many of them are not new
   * @param limits of members that are not current
   */
  private MirrorZonedDevice assemble(
      MirrorMembers group, int zones, int zonesBefore, boolean clean, List<DeviceGeometry> limits)
      throws IOException {
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
            sources.stream()
                .map(MemberSource::name)
                .collect(Collectors.joining(",", KIND + "(", ")")));
    PartThreads threads = new PartThreads(KIND);
    MirrorStorage storage = new MirrorStorage(group, threads);
    List<SoftwareZoneState> states = new ArrayList<>();
    List<Integer> uneven = new ArrayList<>();
    for (int zone = 0; zone < zones; zone++) {
      int number = zone;
      List<ZoneDescriptor> ofZone = reports.stream().map(report -> report.get(number)).toList();
      boolean even =
          ofZone.stream().mapToLong(ZoneDescriptor::writtenBytes).distinct().count() == 1;
      SoftwareZoneState state =
          readOnly && ofZone.stream().noneMatch(ZoneDescriptor::hasFailed)
              ? SoftwareZoneState.of(ofZone.get(0))
              : ZoneLeveler.stateOf(ofZone, SoftwareZoneState.EMPTY);
      states.add(state);
      if (!even) {
        uneven.add(zone);
      }
      // A new conventional zone has other bytes on every member.
      boolean known = clean && zone < zonesBefore;
      boolean same = even && (known || state.equals(SoftwareZoneState.EMPTY));
      for (Member member : current) {
        // After a crash, what no flush has covered may differ: one member answers for all.
        member.inStep().set(zone, same || member == current.get(0));
      }
    }
    ZoneStateMachine machine =
        new ZoneStateMachine(new ReportedShapes(geometry, MirrorGeometry.shapes(shape)), states);
    if (!readOnly) {
      level(storage, machine, states, uneven, reports);
      // Now: before, a member may have no active resource left for the zone of the label.
      group.mark(false);
    }
    if (!clean) {
      LOG.info("{}: it was not closed in good order, its members are compared", KIND);
    }
    return new MirrorZonedDevice(geometry, machine, group, storage, readOnly);
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
        storage.finish(zone);
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
    closeQuietly(part.device());
  }

  private static Part part(Member member) {
    Part part = member.part();
    if (part == null) {
      throw new IllegalStateException(member.source().name() + " has no drive");
    }
    return part;
  }
}
