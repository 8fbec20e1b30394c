// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceSpecException;

/**
 * Opens the members of a mirror, and finds the label that counts: which of them have everything,
 * and whether that is known. Used once, by one thread.
 */
final class MirrorOpening {
  private static final Logger LOG = LoggerFactory.getLogger(MirrorOpening.class);
  static final String KIND = "mirror";

  private final List<MemberSource> sources;
  private final boolean readOnly;
  private final boolean degraded;
  private final Creation creation;
  private final boolean grows;
  private final SecureRandom ids = new SecureRandom();
  private final List<Candidate> candidates = new ArrayList<>();

  MirrorOpening(
      List<MemberSource> sources,
      boolean readOnly,
      boolean degraded,
      Creation creation,
      boolean grows) {
    this.degraded = degraded;
    this.sources = List.copyOf(sources);
    this.readOnly = readOnly;
    this.creation = creation;
    this.grows = grows && !readOnly;
  }

  MirrorZonedDevice open() throws IOException {
    boolean opened = false;
    try {
      openDrives();
      leaveOutForeign();
      MirrorLabel newest = newest();
      requireKnown(newest);
      MirrorZonedDevice mirror =
          new MirrorAssembly(candidates, readOnly, degraded, grows, this::step, spec(")"))
              .assemble(newest.withDoubtful(doubtful(newest)));
      opened = true;
      return mirror;
    } finally {
      if (!opened) {
        candidates.forEach(Candidate::close);
      }
    }
  }

  private void openDrives() throws IOException {
    IOException failure = null;
    for (MemberSource source : sources) {
      Candidate candidate = new Candidate(source);
      candidates.add(candidate);
      try {
        candidate.open(creation);
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null && candidates.stream().allMatch(candidate -> candidate.device() == null)) {
      throw failure;
    }
    if (failure != null && creation != Creation.NONE && Candidate.labelled(candidates).isEmpty()) {
      throw failure;
    }
  }

  /**
   * Members of another mirror than most of those that are there. With as many of each, it is not
   * known which are meant.
   */
  private void leaveOutForeign() {
    if (creation == Creation.ERASE) {
      return;
    }
    Map<UUID, Long> members =
        Candidate.labelled(candidates).stream()
            .collect(
                Collectors.groupingBy(
                    candidate -> candidate.label().mirror(), Collectors.counting()));
    long most = members.values().stream().mapToLong(Long::longValue).max().orElse(0);
    if (members.values().stream().filter(count -> count == most).count() != 1) {
      return;
    }
    for (Candidate candidate : Candidate.labelled(candidates)) {
      MirrorLabel label = candidate.label();
      if (members.getOrDefault(label.mirror(), 0L) < most) {
        LOG.error("{} is {}, and is left out", candidate.name(), label.title());
        candidate.leaveOut("it is " + label.title());
      }
    }
  }

  /** The label that counts; of a new mirror if there is none, and it may be made. */
  private MirrorLabel newest() throws IOException {
    List<Candidate> labelled = Candidate.labelled(candidates);
    Optional<String> mismatch = mismatch(labelled);
    boolean anew =
        mismatch.isPresent()
            && (creation == Creation.ERASE
                || (creation == Creation.IF_EMPTY && labelled.isEmpty()));
    if (anew) {
      for (Candidate candidate : candidates) {
        if (candidate.device() == null) {
          throw new DeviceSpecException(candidate.name() + ": " + candidate.reason());
        }
      }
      return create();
    }
    if (mismatch.isPresent()) {
      throw labelled.isEmpty()
          ? DeviceSpecException.ofNothing(mismatch.orElseThrow())
          : new DeviceSpecException(mismatch.orElseThrow());
    }
    return LabelLine.newest(labelled.stream().map(Candidate::label).toList()).orElseThrow();
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
      MirrorLabel label = candidate.label();
      if (!label.mirror().equals(first.label().mirror())) {
        return Optional.of(
            candidate.name()
                + " is "
                + label.title()
                + "; "
                + first.name()
                + " is "
                + first.label().title());
      }
      if (label.count() != sources.size() || seen[label.index()]) {
        return Optional.of(
            candidate.name()
                + " is "
                + label.title()
                + "; give each of them once, also those that are missing");
      }
      seen[label.index()] = true;
    }
    return apart(labelled);
  }

  /** What there is to say of members that were each written without the other. */
  private static Optional<String> apart(List<Candidate> labelled) {
    List<MirrorLabel> labels = labelled.stream().map(Candidate::label).toList();
    if (LabelLine.newest(labels).isPresent()) {
      return Optional.empty();
    }
    List<MirrorLabel> apart = LabelLine.apart(labels);
    return Optional.of(
        labelled.stream()
                .filter(candidate -> apart.contains(candidate.label()))
                .map(Candidate::name)
                .collect(Collectors.joining(" and "))
            + " were each written without the other; a path that leads nowhere in place of one, and"
            + " '-o ro', show what the other one has; empty the one that is to be given up with"
            + " 'zonefs-j zone reset --force DRIVE all', it is then brought up to date; or give up"
            + " what all have with 'zonefs-j mkfs --force'");
  }

  /**
   * Refuses to write to what may be old, if a member that was in use with the others is not there:
   * the mirror was in use when it stopped, so that one may have gone on without them; or they were
   * not compared to the end after a crash, so that one has answered for them.
   */
  private void requireKnown(MirrorLabel newest) throws DeviceSpecException {
    List<MirrorLabel> current = Candidate.current(candidates, newest);
    BitSet unknown = doubtful(newest);
    current.forEach(label -> unknown.and(label.doubtful()));
    boolean isEven = newest.closed() && unknown.isEmpty();
    if (isEven || current.isEmpty()) {
      return;
    }
    List<Candidate> unlabelled = new ArrayList<>(candidates);
    unlabelled.removeAll(Candidate.labelled(candidates));
    long absent =
        Integer.bitCount(newest.current())
            - Candidate.labelled(candidates).stream()
                .filter(candidate -> newest.isCurrent(candidate.label().index()))
                .count();
    if (absent == 0) {
      return;
    }
    String missing =
        unlabelled.stream()
            .map(
                candidate ->
                    candidate.name()
                        + " ("
                        + (candidate.device() != null && candidate.reason().isEmpty()
                            ? "it is no member of this mirror"
                            : candidate.reason())
                        + ")")
            .collect(Collectors.joining(", "));
    String there =
        Candidate.labelled(candidates).stream()
            .map(Candidate::name)
            .collect(Collectors.joining(", "));
    String cause =
        newest.closed()
            ? "not all zones were known to be right when the mirror was closed"
            : "the mirror was in use when it stopped";
    if (readOnly || degraded) {
      LOG.warn("{} may be old: {}, and this is missing: {}", there, cause, missing);
      return;
    }
    throw new DeviceSpecException(
        KIND
            + ": "
            + there
            + " may be old: "
            + cause
            + ", and this is missing: "
            + missing
            + "; attach it; or look at what is there with '-o ro', and if that is the newest, mount"
            + " '"
            + spec(",degraded)")
            + "'");
  }

  /** Zones that a member which is there and has everything may have differently. */
  private BitSet doubtful(MirrorLabel newest) {
    BitSet doubtful = new BitSet();
    Candidate.current(candidates, newest).forEach(label -> doubtful.or(label.doubtful()));
    return doubtful;
  }

  private String spec(String end) {
    return sources.stream()
        .map(MemberSource::name)
        .collect(Collectors.joining(",", KIND + "(", end));
  }

  private MirrorLabel create() throws IOException {
    List<ZonedDevice> devices = new ArrayList<>();
    for (Candidate candidate : candidates) {
      ZonedDevice device = candidate.device();
      if (device != null) {
        devices.add(device);
      }
    }
    MirrorLabel label = MirrorCreation.create(devices, creation == Creation.ERASE, step());
    for (int index = 0; index < devices.size(); index++) {
      candidates.get(index).setLabel(label.of(index));
    }
    return label;
  }

  /** Small enough that labels can be written as long as a drive lasts. */
  private long step() {
    return ids.nextLong() >>> 33;
  }
}
