// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.Part;

/**
 * Who is current, and who says so on the drives. Every change of that is on the drives of all
 * members that stay before it takes effect for a later flush.
 *
 * <p>Thread-safe. A change of the membership holds this object's monitor while labels are written;
 * nothing else waits for it but other such changes, flushes, and changes of a zone in which a
 * member gives up what it has.
 */
final class MirrorMembers {
  private static final Logger LOG = LoggerFactory.getLogger(MirrorMembers.class);

  private static final String EJECTED = "ejected; 'mount -o remount' takes it back";

  private final List<Member> members;
  private final int zones;
  private final boolean readOnly;
  private final LongSupplier steps;
  private final UnflushedZones unflushed;

  /**
   * Zones that a member that is not current must not keep when it returns. Those that were reset
   * are in the labels before a flush covers the reset, so before such a zone is written again.
   */
  private final ZoneBits missed;

  /** Whether there is one that the labels do not have. */
  private volatile boolean missesMore;

  /** Whether the labels say that the mirror is in use. */
  private volatile boolean inUse;

  /** The newest one; some may lack it if it could not be written. Guarded by this. */
  private MirrorLabel label;

  /** Bits of the members that are current in the newest one that all have. Guarded by this. */
  private int known;

  /** Bits of the members that were current before the mirror was opened. */
  private final int currentBefore;

  /** Bits of the members that have everything but what is missed. Guarded by this. */
  private int tracked;

  /** Drives that were taken out, until they are closed. */
  private final List<Part> leaving = new ArrayList<>();

  /**
   * @param label the newest one
   * @param steps random numbers that are not negative
   */
  MirrorMembers(List<Member> members, MirrorLabel label, boolean readOnly, LongSupplier steps) {
    this.zones = label.zones() - MirrorLabels.ZONES;
    this.members = List.copyOf(members);
    this.label = label;
    this.known = label.current();
    this.currentBefore = label.current();
    this.tracked = label.tracked();
    this.readOnly = readOnly;
    this.steps = steps;
    this.unflushed = new UnflushedZones(zones);
    this.missed = new ZoneBits(zones, false);
    missed.setAll(label.missed());
  }

  /** Number of zones of the mirror. */
  int zones() {
    return zones;
  }

  /** Zones with a change that no flush has covered. */
  UnflushedZones unflushed() {
    return unflushed;
  }

  /** Notes, when the mirror is opened, that a zone may have been reset without a flush. */
  void noteMaybeReset(int zone) {
    missed.set(zone, true);
  }

  /** Notes that a member has left during a change of a zone, which it may have or not. */
  void noteMissed(int zone) {
    missed.set(zone, true);
    missesMore = true;
    // After that: an adoption looks again at what is missed.
    members.forEach(member -> member.kept().set(zone, false));
  }

  /** Notes, before and after a zone is reset, that members that are not there miss that. */
  void noteReset(int zone) {
    boolean anyMisses = false;
    for (Member member : members) {
      anyMisses |= !member.isCurrent();
    }
    if (anyMisses && !missed.get(zone)) {
      missed.set(zone, true);
      missesMore = true;
    }
    // After that: an adoption looks again at what is missed.
    members.forEach(member -> member.kept().set(zone, false));
  }

  List<Member> all() {
    return members;
  }

  List<MemberState> states() {
    return members.stream().map(Member::state).toList();
  }

  /** Whether a member was current before the mirror was opened: another one is not newer. */
  boolean wasCurrent(Member member) {
    return (currentBefore & 1 << member.index()) != 0;
  }

  /** The members that are current, in order. */
  List<Member> current() {
    return members.stream().filter(Member::isCurrent).toList();
  }

  /** The members that receive the changes of a zone. */
  List<Seat> following(int zone) {
    List<Seat> following = new ArrayList<>(members.size());
    for (Member member : members) {
      // First the drive, then its bits: a new drive has its bits before it is there.
      Part part = member.part();
      if (part != null && member.follows().get(zone)) {
        following.add(new Seat(member, part));
      }
    }
    return following;
  }

  /**
   * Waits for a change of the membership in progress, and repeats one that has failed.
   *
   * @throws IOException if the labels cannot be written: then nothing may be acknowledged
   */
  synchronized void settle() throws IOException {
    if (inUse && (missesMore || bits() != label.current())) {
      writeLabels(false);
    }
  }

  /**
   * Notes, before the first change, that the mirror is in use, and by whom. As long as nothing has
   * changed, a member that is missing is not one that was left behind: an open alone makes no
   * difference.
   */
  void use() throws IOException {
    if (!inUse) {
      useFirst();
    }
  }

  private synchronized void useFirst() throws IOException {
    if (!inUse) {
      writeLabels(false);
    }
  }

  /**
   * Makes a member that has everything one that is brought up to date, before something is taken
   * away from it.
   *
   * @return false if it is the last current one
   */
  synchronized boolean demote(Seat seat) throws IOException {
    if (!seat.isCurrent()) {
      return seat.isTaken();
    }
    if (current().size() == 1) {
      return false;
    }
    use();
    seat.member().setCurrent(false);
    tracked &= ~(1 << seat.member().index());
    settle();
    return true;
  }

  /** Whether a drive is still that of its member. */
  static boolean isIn(Member member, Part part) {
    return member.part() == part;
  }

  /**
   * Notes, when the mirror is opened, which members that were current are not.
   *
   * @param zones which these may have differently
   */
  synchronized void begin(BitSet zones) {
    int left = label.current() & ~bits();
    if (left != 0) {
      tracked |= left;
      missed.setAll(zones);
    }
  }

  /** Notes on all current members that the mirror was closed after a flush, if anything is new. */
  synchronized void markClosed() throws IOException {
    boolean isCompared = bits() == label.current() && !label.doubtful().equals(doubtful());
    if (inUse || missesMore || !label.closed() || isCompared) {
      writeLabels(true);
    }
  }

  /**
   * Takes a drive away; what it may have differently is missed when it returns. One that is not
   * current yet is then compared from begin to end.
   */
  private void leave(Member member, Part part, IOException failure) {
    boolean wasCurrent = member.isCurrent();
    BitSet zones = new BitSet();
    current().forEach(one -> zones.or(one.uneven()));
    member.detach(String.valueOf(failure.getMessage()));
    if (wasCurrent) {
      // After that: a change that begins now does not reach it.
      zones.or(unflushed.toBitSet());
      missed.setAll(zones);
      tracked |= 1 << member.index();
    } else {
      member.returnFailed();
    }
    leaving.add(part);
  }

  /** Zones in which a current member is not known to be right. */
  private BitSet doubtful() {
    BitSet doubtful = new BitSet();
    current().forEach(member -> doubtful.or(member.doubtful()));
    return doubtful;
  }

  /**
   * Takes a member out after a failure, unless it is the last current one.
   *
   * @param part the drive that failed; another drive of the member stays
   * @return false if it is the last one
   * @throws IOException if no member that stays can take the new label
   */
  synchronized boolean drop(Member member, Part part, IOException failure) throws IOException {
    if (!isIn(member, part)) {
      return true;
    }
    boolean wasCurrent = member.isCurrent();
    if (wasCurrent && current().size() == 1) {
      return false;
    }
    LOG.error(
        "{} is no longer a member of the mirror, the others go on: {}",
        member.source().name(),
        failure.getMessage());
    leave(member, part, failure);
    if (!readOnly) {
      writeLabels(false);
    }
    return true;
  }

  /**
   * Takes a member out on request. It stays out until it is admitted, or its drive was away.
   *
   * @throws IOException if it is not there, or the others do not have everything
   */
  synchronized void eject(Member member) throws IOException {
    Part part = member.part();
    String name = member.source().name();
    if (part == null) {
      throw new IOException(name + " is not there: " + member.state().reason());
    }
    requireDispensable(member);
    if (member.isCurrent()) {
      // Now, while this one is there: members that take no label are left out.
      writeLabels(false);
      requireDispensable(member);
    }
    // Before: it would be opened again at once.
    member.setEjected(true);
    boolean isOut = false;
    try {
      isOut = drop(member, part, new IOException(EJECTED));
    } finally {
      if (!isOut) {
        member.setEjected(false);
      }
    }
  }

  /** Refuses to let go of a member that has what no other one has. */
  private void requireDispensable(Member member) throws IOException {
    String name = member.source().name();
    if (member.isCurrent() && (current().size() == 1 || answersAlone(member))) {
      throw new IOException(
          name
              + " has what no other member has: wait until 'zonefs-j status' shows all as current;"
              + " if a zone of another one has failed, eject that one");
    }
    if (member.differing().count() > 0) {
      throw new IOException(
          name + " is right in zones where another member is wrong: run 'zonefs-j scrub' first");
    }
  }

  /**
   * Makes a drive that is not current a member that is brought up to date.
   *
   * @param before its label; empty for a new one
   */
  synchronized void adopt(Member member, Part part, Optional<MirrorLabel> before)
      throws IOException {
    if (missesMore || bits() != label.current()) {
      writeLabels(false);
    }
    boolean keeps = before.isPresent() && label.tracks(before.orElseThrow());
    if (keeps) {
      // First: from the next finish on, it no longer has everything but what it has missed.
      MirrorLabels.write(part.device(), label.of(member.index()));
    }
    BitSet other = new BitSet();
    for (ZoneDescriptor zone : part.reportAll(false)) {
      if (zone.condition().isActive()) {
        // Nobody would write it on, and it would take a resource of the zones that are in use.
        part.device().finish(zone.index());
        other.set(zone.index() - MirrorLabels.ZONES);
      }
    }
    if (!keeps) {
      MirrorLabels.write(part.device(), label.of(member.index()));
    }
    tracked &= ~(1 << member.index());
    member.attach(part, false);
    if (keeps) {
      // The mirror did not use them when it left.
      other.set(Math.min(zones, before.orElseThrow().zones() - MirrorLabels.ZONES), zones);
      if (before.orElseThrow().closed()) {
        other.or(before.orElseThrow().doubtful());
      }
    }
    for (int zone = 0; keeps && zone < zones; zone++) {
      if (!other.get(zone)) {
        member.kept().set(zone, true);
        // After that, as it may be reset meanwhile.
        if (missed.get(zone)) {
          member.kept().set(zone, false);
        }
      }
    }
    LOG.info("{} is brought up to date", member.source().name());
  }

  /** Makes a member current that has everything. */
  synchronized void promote(Member member, Part part) throws IOException {
    if (!isIn(member, part)) {
      return;
    }
    try {
      part.flush();
    } catch (IOException failed) {
      DeviceException.rethrowShortage(failed);
      if (!drop(member, part, failed)) {
        throw failed;
      }
      return;
    }
    member.setCurrent(true);
    member.forgetFailedReturns();
    writeLabels(false);
    LOG.info("{} is up to date", member.source().name());
  }

  /** Drives to close: those that were taken out since the last call. */
  synchronized List<Part> takeLeaving() {
    List<Part> taken = List.copyOf(leaving);
    leaving.clear();
    return taken;
  }

  synchronized MirrorLabel label() {
    return label;
  }

  private int bits() {
    int bits = 0;
    for (Member member : members) {
      bits |= member.isCurrent() ? 1 << member.index() : 0;
    }
    return bits;
  }

  /**
   * Writes a label to all current members; takes out those that cannot take it. Members that are
   * new come last: one is current when the others know it.
   */
  private void writeLabels(boolean closed) throws IOException {
    boolean isWritten = false;
    try {
      while (!isWritten(next(label, closed))) {
        LOG.debug("the label is written again without the member that did not take it");
      }
      isWritten = true;
      inUse = !closed;
      known = label.current();
      tracked = label.tracked();
    } finally {
      // The next flush tries again.
      missesMore |= !isWritten;
    }
    if (areAllCurrent()) {
      missed.clear();
    }
  }

  /** Whether a member is the only current one that is known to be right in a zone. */
  boolean answersAlone(Member member) {
    BitSet alone = member.inStep().toBitSet();
    for (Member other : current()) {
      if (other != member) {
        alone.andNot(other.inStep().toBitSet());
      }
    }
    return !alone.isEmpty();
  }

  private boolean areAllCurrent() {
    return current().size() == members.size();
  }

  private MirrorLabel next(MirrorLabel before, boolean closed) {
    int now = bits();
    missesMore = false;
    return before.next(
        new MirrorLabel.Next(
            now,
            closed,
            tracked & ~now,
            areAllCurrent() ? new BitSet() : missed.toBitSet(),
            closed ? doubtful() : new BitSet()),
        steps.getAsLong());
  }

  /** Returns false if a member was taken out because it did not take the label. */
  private boolean isWritten(MirrorLabel next) throws IOException {
    List<Member> ordered = new ArrayList<>(current());
    ordered.sort(Comparator.comparing(member -> (known & 1 << member.index()) == 0));
    int taken = 0;
    try {
      for (Member member : ordered) {
        Part part = member.part();
        if (part == null) {
          continue;
        }
        try {
          BitSet doubtful = next.closed() ? member.doubtful() : new BitSet();
          MirrorLabels.write(part.device(), next.of(member.index()).withDoubtful(doubtful));
        } catch (IOException e) {
          DeviceException.rethrowShortage(e);
          if (ordered.size() == 1) {
            throw e;
          }
          LOG.error("{} cannot take its label any more", member.source().name(), e);
          leave(member, part, e);
          return false;
        }
        taken |= 1 << member.index();
      }
      return true;
    } finally {
      // The next one follows this one, also if it was not written: some have it.
      label = next.confirmed(taken);
    }
  }

  /** Closes all drives. */
  void close() throws IOException {
    IOException failure = null;
    boolean anyClosed = false;
    for (Member member : members) {
      Part part = member.part();
      if (part != null) {
        IOException ofOne = close(part.device(), null);
        anyClosed |= ofOne == null && member.isCurrent();
        failure = ofOne == null ? failure : ofOne;
        if (ofOne != null) {
          LOG.warn("{} cannot be closed", member.source().name(), ofOne);
        }
      }
    }
    IOException ofFormer = null;
    for (Part part : takeLeaving()) {
      ofFormer = close(part.device(), ofFormer);
    }
    if (ofFormer != null) {
      LOG.warn("a former member of the mirror cannot be closed", ofFormer);
    }
    // What was flushed is on another one.
    if (failure != null && !anyClosed) {
      throw failure;
    }
  }

  private static @Nullable IOException close(ZonedDevice device, @Nullable IOException before) {
    try {
      device.close();
      return before;
    } catch (IOException e) {
      if (before == null) {
        return e;
      }
      before.addSuppressed(e);
      return before;
    }
  }
}
