// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneJudge;
import zonefsj.device.compose.Part;
import zonefsj.device.software.SoftwareZoneState;

/**
 * Brings a zone of a member up to date from another one. What the member has already is compared
 * and kept.
 *
 * <p>Threading: that of {@link MirrorSync}; a zone is locked for its last pieces, and while a
 * member gives up what it has there.
 */
final class ZoneSync {
  private static final Logger LOG = LoggerFactory.getLogger(ZoneSync.class);
  private static final long PIECE_BYTES = 4 << 20;

  private final MirrorZonedDevice mirror;
  private final MirrorMembers members;
  private final MirrorStorage storage;
  private final SyncPace pace;
  private final ZoneCopy copy = new ZoneCopy();

  ZoneSync(MirrorZonedDevice mirror, MirrorMembers members, MirrorStorage storage, SyncPace pace) {
    this.mirror = mirror;
    this.members = members;
    this.storage = storage;
    this.pace = pace;
  }

  /**
   * Brings a zone up to date from the first member that can be read. A member that answers alone
   * for other zones is left for later: if it gave this one up, it would no longer be current, and
   * others would answer for those with other bytes.
   *
   * @param later whether there is nothing else to do any more
   * @return whether that could be done
   */
  boolean bringUpToDate(Seat target, int zone, boolean later) throws IOException {
    if (!later && target.isCurrent() && members.answersAlone(target.member())) {
      return false;
    }
    List<Seat> sources = sources(target.member(), zone);
    if (sources.isEmpty()) {
      // No member is known to be right: those that were are gone.
      boolean alone = target.isCurrent();
      target.member().inStep().set(zone, alone);
      return alone;
    }
    List<Seat> failed = new ArrayList<>();
    IOException away = null;
    for (Seat source : sources) {
      try {
        bringUpToDate(target, source, zone);
        return true;
      } catch (IOException e) {
        DeviceException.rethrowShortage(e);
        if (e instanceof ZoneCopy.SourceFailed of && DeviceException.isAway(of.failure())) {
          away = of.failure();
          continue;
        }
        if (ZoneCopy.hasSourceFailed(e)) {
          LOG.warn("zone {} of {} cannot be read", zone, source.member().source().name(), e);
          failed.add(source);
          continue;
        }
        if (!MemberAccesses.isWorn(target.part(), zone)
            && !members.drop(target.member(), target.part(), e)) {
          throw e;
        }
        return true;
      }
    }
    if (away != null) {
      // It is as good as before, and the same holds for other zones: all are tried again later.
      throw away;
    }
    return !failed.isEmpty() && giveUp(target, failed, zone);
  }

  /**
   * No member in step can be read from begin to end. If the target can, it is in step and they are
   * not. Otherwise what one of them cannot read, another one may have; a reset of the zone would
   * lose that, as nothing else has it. So nothing is written: the zone becomes READ_ONLY, the
   * filesystem moves its data, each block from a member that has it, and nothing is tried again
   * before the zone is reset.
   *
   * @return false if it is tried again later
   */
  private boolean giveUp(Seat target, List<Seat> failed, int zone) throws IOException {
    SoftwareZoneState begin = mirror.zoneState(zone);
    if (target.isCurrent() && isWhole(target, zone, begin.pointerBytes())) {
      mirror.inZone(
          zone,
          () -> {
            if (target.isCurrent() && hasAllOf(zone, begin)) {
              failed.forEach(source -> source.member().inStep().set(zone, false));
              target.member().inStep().set(zone, true);
            }
          });
      return true;
    }
    if (pace.isStopping() || !failed.stream().allMatch(ZoneSync::answers)) {
      return false;
    }
    mirror.inZone(
        zone,
        () -> {
          if (hasAllOf(zone, begin)) {
            leaveAsItIs(failed, zone);
          }
        });
    return true;
  }

  private void leaveAsItIs(List<Seat> failed, int zone) throws IOException {
    LOG.error(
        "no member has all of zone {}: {} cannot be read either; its data must move, and it is"
            + " written again after its next reset",
        zone,
        failed.stream().map(each -> each.member().source().name()).toList());
    for (Member member : members.all()) {
      Part part = member.part();
      if (part != null) {
        finishIfActive(member, part, zone);
      }
    }
    mirror.makeReadOnly(zone);
    storage.noteScattered(zone);
    for (Member member : members.current()) {
      // Each is asked for what the others cannot read.
      member.differing().set(zone, true);
      member.inStep().set(zone, true);
    }
  }

  /** A zone that is not active in the mirror must take no resource of a member. */
  private void finishIfActive(Member member, Part part, int zone) throws IOException {
    try {
      if (part.report(zone).condition().isActive()) {
        part.finish(zone);
      }
    } catch (IOException e) {
      DeviceException.rethrowShortage(e);
      if (!MemberAccesses.isWorn(part, zone) && !members.drop(member, part, e)) {
        throw e;
      }
    }
  }

  /** Whether a drive reads anything. One that does not is taken out by the next change. */
  private static boolean answers(Seat seat) {
    try {
      return MirrorLabels.read(seat.part().device()).isPresent();
    } catch (IOException e) {
      LOG.debug("{} does not answer", seat.part().device(), e);
      return false;
    }
  }

  private boolean isWhole(Seat seat, int zone, long lengthBytes) throws IOException {
    if (!seat.member().follows().get(zone)) {
      return false;
    }
    for (long at = 0; at < lengthBytes && !pace.isStopping(); at += PIECE_BYTES) {
      long began = System.nanoTime();
      try {
        copy.check(seat.part(), zone, at, Math.min(lengthBytes, at + PIECE_BYTES));
      } catch (ZoneCopy.SourceFailed e) {
        LOG.warn("zone {} of {} cannot be read", zone, seat.member().source().name(), e);
        return false;
      }
      pace.yieldToOthers(began);
    }
    return !pace.isStopping();
  }

  /** Members that have a zone; last those where it has become READ_ONLY, as it may be lost soon. */
  private List<Seat> sources(Member member, int zone) {
    List<Seat> sources = new ArrayList<>();
    List<Seat> worn = new ArrayList<>();
    for (Member other : members.current()) {
      Part part = other.part();
      if (other != member && part != null && other.inStep().get(zone)) {
        ZoneCondition condition = condition(part, zone);
        if (condition == ZoneCondition.READ_ONLY) {
          worn.add(new Seat(other, part));
        } else if (condition != ZoneCondition.OFFLINE) {
          sources.add(new Seat(other, part));
        }
      }
    }
    sources.addAll(worn);
    return sources;
  }

  /** What a member says of a zone; if it does not answer, what is said of a zone that is well. */
  private static ZoneCondition condition(Part part, int zone) {
    try {
      return part.report(zone).condition();
    } catch (IOException e) {
      LOG.debug("zone {} of {} is not reported", zone, part.device(), e);
      return ZoneCondition.CLOSED;
    }
  }

  private void bringUpToDate(Seat target, Seat source, int zone) throws IOException {
    SoftwareZoneState state = mirror.zoneState(zone);
    switch (state.condition()) {
      case NOT_WRITE_POINTER -> copyConventional(target, source, zone, state.writtenBytes());
      case OFFLINE -> target.member().inStep().set(zone, true);
      default -> copySequential(target, source, zone, state);
    }
  }

  /** Later writes go to both members, and each piece is copied while nobody writes. */
  private void copyConventional(Seat target, Seat source, int zone, long lengthBytes)
      throws IOException {
    mirror.inZone(zone, () -> target.member().follows().set(zone, true));
    for (long at = 0; at < lengthBytes && !pace.isStopping(); at += PIECE_BYTES) {
      long from = at;
      long to = Math.min(lengthBytes, at + PIECE_BYTES);
      long began = System.nanoTime();
      mirror.inZone(
          zone,
          () -> {
            if (source.isCurrent()) {
              copy.copy(source.part(), target.part(), zone, from, to);
            }
          });
      if (!source.isCurrent()) {
        return;
      }
      pace.yieldToOthers(began);
    }
    mirror.inZone(
        zone, () -> target.member().inStep().set(zone, !pace.isStopping() && source.isCurrent()));
  }

  private void copySequential(Seat target, Seat source, int zone, SoftwareZoneState begin)
      throws IOException {
    Member member = target.member();
    Part part = target.part();
    long written = part.report(zone).writtenBytes();
    boolean follows = member.follows().get(zone);
    long known = Math.min(written, begin.pointerBytes());
    boolean keeps =
        (known == written && member.kept().get(zone))
            || ((known == written || follows) && isSame(source.part(), part, zone, known));
    if (pace.isStopping() || !source.isCurrent() || (!keeps && !isStillThere(zone, begin))) {
      return;
    }
    boolean differs =
        !keeps
            && (known == written || follows)
            && known > 0
            && isNeeded(target, source, zone, known, follows);
    keeps |= differs;
    // A zone that had failed on a member when the mirror was opened was not made even then.
    if (follows && keeps && written >= begin.pointerBytes()) {
      mirror.inZone(zone, () -> markInStep(target, source, zone, begin, differs));
      return;
    }
    if (!keeps) {
      if (!canGiveUp(target, source, zone, begin)) {
        return;
      }
      known = 0;
    }
    boolean resets = !keeps;
    mirror.inZone(
        zone,
        () -> {
          if (source.isCurrent()) {
            member.follows().set(zone, false);
            if (resets) {
              part.reset(zone);
            }
          }
        });
    while (known < mirror.zoneState(zone).pointerBytes() - PIECE_BYTES && !pace.isStopping()) {
      long to = known + PIECE_BYTES;
      long began = System.nanoTime();
      copy.copy(source.part(), part, zone, known, to);
      known = to;
      pace.yieldToOthers(began);
      if (!source.isCurrent() || mirror.zoneState(zone).resets() != begin.resets()) {
        return;
      }
    }
    if (pace.isStopping()) {
      return;
    }
    long copied = known;
    mirror.inZone(
        zone,
        () -> {
          if (copyRest(target, source, zone, copied, begin)) {
            markInStep(target, source, zone, begin, differs);
          }
        });
  }

  /**
   * Whether a member has something right in a zone that the source has wrong. Both then stay as
   * they are: who reads them knows which is right, and moves it. A member that was away may also
   * lack what was written meanwhile: it is then not as good as the source, and gets all of it.
   *
   * @param follows whether the member has received every change of the zone
   */
  private boolean isNeeded(Seat target, Seat source, int zone, long lengthBytes, boolean follows)
      throws IOException {
    ZoneJudge judge = storage.judge();
    if (judge == null) {
      return false;
    }
    ZoneJudge.Copy ofSource =
        paced((at, destination) -> ZoneCopy.read(source.part(), zone, at, destination));
    ZoneJudge.Copy ofTarget = paced((at, destination) -> target.part().read(zone, at, destination));
    try {
      boolean isNeeded =
          judge.isNeeded(zone, lengthBytes, ofSource, ofTarget)
              && (follows || !judge.isNeeded(zone, lengthBytes, ofTarget, ofSource));
      if (isNeeded) {
        LOG.warn(
            "zone {} of {} is right where that of {} is wrong, and both are kept: run a scrub",
            zone,
            target.member().source().name(),
            source.member().source().name());
      }
      return isNeeded;
    } catch (ZoneCopy.SourceFailed e) {
      throw e;
    } catch (IOException e) {
      // A member that does not answer is not one that has nothing right.
      DeviceException.rethrowInconclusive(e);
      LOG.info("zone {} of {} cannot be judged", zone, target.member().source().name(), e);
      return false;
    }
  }

  /** A copy that lets others in between two reads. Nothing is given up after it fails, either. */
  private ZoneJudge.Copy paced(ZoneJudge.Copy one) {
    return (at, destination) -> {
      if (pace.isStopping()) {
        throw new IOException("the mirror is being closed");
      }
      long began = System.nanoTime();
      one.read(at, destination);
      pace.yieldToOthers(began);
    };
  }

  /**
   * Whether a zone has all that it had, and is not being reset. Members that were compared
   * meanwhile may differ only because one of them was reset first.
   */
  private boolean isStillThere(int zone, SoftwareZoneState begin) throws IOException {
    boolean[] still = {false};
    mirror.inZone(zone, () -> still[0] = hasAllOf(zone, begin));
    return still[0];
  }

  private boolean hasAllOf(int zone, SoftwareZoneState begin) {
    SoftwareZoneState now = mirror.zoneState(zone);
    return now.resets() == begin.resets() && now.pointerBytes() >= begin.pointerBytes();
  }

  /**
   * Prepares that a member loses what it has of a zone: it is no longer current, and the other one
   * has all of it. Returns false if it keeps it, also because the zone was reset.
   */
  private boolean canGiveUp(Seat target, Seat source, int zone, SoftwareZoneState begin)
      throws IOException {
    for (long at = 0; at < begin.pointerBytes() && !pace.isStopping(); at += PIECE_BYTES) {
      long began = System.nanoTime();
      copy.check(source.part(), zone, at, Math.min(begin.pointerBytes(), at + PIECE_BYTES));
      pace.yieldToOthers(began);
    }
    boolean[] gives = {false};
    mirror.inZone(
        zone,
        () ->
            gives[0] =
                !pace.isStopping()
                    && source.isCurrent()
                    && hasAllOf(zone, begin)
                    && members.demote(target));
    return gives[0];
  }

  /** Returns false if the zone was reset meanwhile. */
  private boolean copyRest(
      Seat target, Seat source, int zone, long copiedBytes, SoftwareZoneState begin)
      throws IOException {
    SoftwareZoneState now = mirror.zoneState(zone);
    if (now.resets() != begin.resets() || !source.isCurrent()) {
      return false;
    }
    Part part = target.part();
    if (copiedBytes < now.pointerBytes()) {
      copy.copy(source.part(), part, zone, copiedBytes, now.pointerBytes());
    }
    if (now.condition() == ZoneCondition.EMPTY
        && part.report(zone).condition() != ZoneCondition.EMPTY) {
      part.reset(zone);
    }
    if (now.condition() == ZoneCondition.READ_ONLY && part.report(zone).condition().isActive()) {
      // It is not active in the mirror, and takes no more data.
      part.finish(zone);
    }
    target.member().follows().set(zone, true);
    return true;
  }

  /** Unless the zone was reset meanwhile: it is then looked at again. */
  private void markInStep(
      Seat target, Seat source, int zone, SoftwareZoneState begin, boolean differs) {
    if (source.isCurrent() && mirror.zoneState(zone).resets() == begin.resets()) {
      target.member().differing().set(zone, differs);
      target.member().inStep().set(zone, true);
    }
  }

  private boolean isSame(Part source, Part part, int zone, long lengthBytes) throws IOException {
    for (long at = 0; at < lengthBytes && !pace.isStopping(); at += PIECE_BYTES) {
      long began = System.nanoTime();
      if (!copy.isSame(source, part, zone, at, Math.min(lengthBytes, at + PIECE_BYTES))) {
        return false;
      }
      pace.yieldToOthers(began);
    }
    return true;
  }
}
