// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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

  private final List<Member> members;
  private final boolean readOnly;
  private final LongSupplier ids;

  /** Guarded by this. */
  private MirrorLabel label;

  /** Drives that were taken out, until they are closed. */
  private final List<Part> leaving = new ArrayList<>();

  /**
   * @param label the newest one
   * @param ids random numbers
   */
  MirrorMembers(List<Member> members, MirrorLabel label, boolean readOnly, LongSupplier ids) {
    this.members = List.copyOf(members);
    this.label = label;
    this.readOnly = readOnly;
    this.ids = ids;
  }

  List<Member> all() {
    return members;
  }

  List<MemberState> states() {
    return members.stream().map(Member::state).toList();
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
    if (!readOnly && bits() != label.current()) {
      writeLabels(label.next(bits(), false, ids.getAsLong()));
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
    seat.member().setCurrent(false);
    settle();
    return true;
  }

  /** Whether a drive is still that of its member. */
  static boolean isIn(Member member, Part part) {
    return member.part() == part;
  }

  /** Notes on all current members that the mirror is in use, or was closed in good order. */
  synchronized void mark(boolean clean) throws IOException {
    writeLabels(label.next(bits(), clean, ids.getAsLong()));
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
    member.detach(String.valueOf(failure.getMessage()));
    leaving.add(part);
    if (wasCurrent && !readOnly) {
      writeLabels(label.next(bits(), false, ids.getAsLong()));
    }
    return true;
  }

  /** Makes a drive that is not current a member that is brought up to date. */
  synchronized void adopt(Member member, Part part) throws IOException {
    settle();
    for (ZoneDescriptor zone : part.reportAll(false)) {
      if (zone.condition().isActive()) {
        // Nobody would write it on, and it would take a resource of the zones that are in use.
        part.device().finish(zone.index());
      }
    }
    MirrorLabels.write(part.device(), label.of(member.index()));
    member.attach(part, false);
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
    writeLabels(label.next(bits(), false, ids.getAsLong()));
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
  private void writeLabels(MirrorLabel first) throws IOException {
    MirrorLabel next = first;
    for (Member failed = writeLabel(next); failed != null; failed = writeLabel(next)) {
      next = next.next(bits(), next.clean(), ids.getAsLong());
    }
    label = next;
  }

  /** Returns the member that was taken out because it did not take the label; null if all did. */
  private @Nullable Member writeLabel(MirrorLabel next) throws IOException {
    List<Member> ordered = new ArrayList<>(current());
    ordered.sort(Comparator.comparing(member -> !label.isCurrent(member.index())));
    for (Member member : ordered) {
      Part part = member.part();
      if (part == null) {
        continue;
      }
      try {
        MirrorLabels.write(part.device(), next.of(member.index()));
      } catch (IOException e) {
        DeviceException.rethrowShortage(e);
        if (ordered.size() == 1) {
          throw e;
        }
        LOG.error("{} cannot take its label any more", member.source().name(), e);
        member.detach(String.valueOf(e.getMessage()));
        leaving.add(part);
        return member;
      }
    }
    return null;
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
