// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.MediumPresence;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneJudge;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.Part;
import zonefsj.device.compose.PartShapes;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.spec.Creation;

/**
 * Brings members up to date, zone by zone, while the mirror is in use; opens missing members again.
 * What a member has already is compared and kept.
 *
 * <p>Threading: one daemon thread; a zone is locked for its last pieces only. While applications
 * use the mirror, it pauses as long as it works.
 */
final class MirrorSync {
  private static final Logger LOG = LoggerFactory.getLogger(MirrorSync.class);

  private static final long PIECE_BYTES = 4 << 20;
  private static final long IDLE_MILLIS = 1000;
  private static final int LOOKS_BETWEEN_OPENS = 4;

  /** So long after it was opened, members wait for a judge before they are compared. */
  private static final long LONGEST_WAIT_FOR_JUDGE_NANOS = 60_000_000_000L;

  private final MirrorZonedDevice mirror;
  private final MirrorMembers members;
  private final MirrorStorage storage;
  private final ZoneCopy copy = new ZoneCopy();
  private final Thread thread = new Thread(this::work, "mirror-sync");

  private volatile boolean stopping;

  /** Whether the last look found nothing to do. */
  private boolean idle;

  private int looks;
  private long accessesBefore;
  private final long beganNanos = System.nanoTime();

  /** Whether nobody waits for a judge any more. */
  private volatile boolean impatient;

  MirrorSync(MirrorZonedDevice mirror, MirrorMembers members, MirrorStorage storage) {
    this.mirror = mirror;
    this.members = members;
    this.storage = storage;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /**
   * Ends the thread, after the piece that it works on.
   *
   * @return false if it was stopped before
   */
  boolean stop() {
    synchronized (this) {
      if (stopping) {
        return false;
      }
      stopping = true;
      notifyAll();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return true;
  }

  synchronized void awaitIdle() throws InterruptedException {
    idle = false;
    impatient = true;
    looks = 0;
    notifyAll();
    while (!idle && !stopping) {
      wait();
    }
  }

  private void work() {
    while (!stopping) {
      boolean worked = false;
      try {
        worked = look();
      } catch (IOException e) {
        LOG.warn("a member of the mirror cannot be brought up to date now", e);
      } catch (RuntimeException e) {
        LOG.error("internal error while a member of the mirror is brought up to date", e);
      } catch (OutOfMemoryError none) {
        LOG.warn("there is no memory now to bring a member of the mirror up to date", none);
      }
      if (!worked) {
        pause();
      }
    }
  }

  @SuppressWarnings("WaitNotInLoop") // a wakeup for no reason costs one look
  private synchronized void pause() {
    if (stopping) {
      return;
    }
    boolean first = looks > 0;
    idle = first;
    notifyAll();
    try {
      wait(IDLE_MILLIS);
    } catch (InterruptedException e) {
      stopping = true;
    }
  }

  /** Does one piece of work; returns whether there was one. */
  private boolean look() throws IOException {
    for (Part part : members.takeLeaving()) {
      try {
        part.close();
      } catch (IOException e) {
        LOG.warn("a former member of the mirror cannot be closed", e);
      }
    }
    checkPresence();
    boolean worked = false;
    if (looks++ % LOOKS_BETWEEN_OPENS == 0) {
      for (Member member : members.all()) {
        worked |= member.part() == null && reopen(member);
      }
    }
    if (waitsForJudge()) {
      return worked;
    }
    for (Member member : members.all()) {
      Part part = member.part();
      if (part != null) {
        worked |= bringUpToDate(member, part);
      }
    }
    return worked;
  }

  private void checkPresence() throws IOException {
    for (Member member : members.all()) {
      Part part = member.part();
      if (part != null && !MediumPresence.ofAll(part.device())) {
        members.drop(member, part, new IOException("the drive was removed or replaced"));
      }
    }
  }

  /** Opens a missing member; returns whether it can be brought up to date. */
  private boolean reopen(Member member) throws IOException {
    ZonedDevice device;
    try {
      device = member.source().open(Creation.IF_EMPTY);
    } catch (IOException e) {
      member.noteReason(String.valueOf(e.getMessage()));
      return false;
    }
    boolean adopted = false;
    try {
      String refusal = refusal(member, device);
      if (refusal.isEmpty()) {
        Part part = new Part(device, MirrorLabels.ZONES);
        ZoneJudge judge = storage.judge();
        if (judge != null) {
          part.judgeBy(judge);
        }
        members.adopt(member, part);
        adopted = true;
      } else {
        member.noteReason(refusal);
      }
    } catch (IOException e) {
      member.noteReason(String.valueOf(e.getMessage()));
    } finally {
      if (!adopted) {
        device.close();
      }
    }
    return adopted;
  }

  /** Why a drive cannot be a member; empty if it can. */
  private String refusal(Member member, ZonedDevice device) throws IOException {
    MirrorLabel own = members.label();
    Optional<MirrorLabel> label = MirrorLabels.read(device);
    if (label.isPresent()) {
      MirrorLabel there = label.orElseThrow();
      if (!there.mirror().equals(own.mirror()) || there.index() != member.index()) {
        return "it is " + there.title();
      }
      if (!own.history().contains(there.history().get(0))) {
        return "it was written without the other members; empty it with 'zonefs-j zone reset"
            + " --force'";
      }
    } else if (!isEmpty(device)) {
      return "it is no member of this mirror, and not empty; empty it with 'zonefs-j zone reset"
          + " --force'";
    }
    if (device.geometry().zoneCount() < own.zones()) {
      return "it has " + device.geometry().zoneCount() + " zones, " + own.zones() + " are needed";
    }
    List<Member> current = members.current();
    Part example = current.isEmpty() ? null : current.get(0).part();
    if (example == null) {
      return "no current member is left";
    }
    PartShapes.requireSameSizes("mirror", List.of(example.device(), device));
    PartShapes.requireSameZones(
        "mirror",
        example.device(),
        example.device().report(0, own.zones()),
        device,
        device.report(0, own.zones()));
    return "";
  }

  /** Brings one zone of a member up to date; returns whether that could be done. */
  private boolean bringUpToDate(Member member, Part part) throws IOException {
    Seat target = new Seat(member, part);
    for (int zone = member.inStep().nextClear(0);
        zone >= 0 && !stopping;
        zone = member.inStep().nextClear(zone + 1)) {
      // Nothing can be done for a zone that has failed: reads come from the others.
      if (!MirrorStorage.isWorn(part, zone) && bringUpToDate(target, zone)) {
        return true;
      }
    }
    if (!stopping && !member.isCurrent() && hasAll(target)) {
      members.promote(member, part);
      return true;
    }
    return false;
  }

  /** Whether a member has every zone, but those that have failed on the mirror, too. */
  private boolean hasAll(Seat target) {
    for (int zone = target.member().inStep().nextClear(0);
        zone >= 0;
        zone = target.member().inStep().nextClear(zone + 1)) {
      ZoneCondition condition = mirror.zoneState(zone).condition();
      if (condition != ZoneCondition.OFFLINE && condition != ZoneCondition.READ_ONLY) {
        return false;
      }
    }
    return true;
  }

  /** Brings a zone up to date from the first member that can be read. */
  private boolean bringUpToDate(Seat target, int zone) throws IOException {
    List<Seat> sources = sources(target.member(), zone);
    if (sources.isEmpty()) {
      // No member is known to be right: those that were are gone.
      boolean alone = target.isCurrent();
      target.member().inStep().set(zone, alone);
      return alone;
    }
    for (Seat source : sources) {
      try {
        bringUpToDate(target, source, zone);
        return true;
      } catch (ZoneCopy.SourceFailed e) {
        LOG.warn("zone {} of {} cannot be read", zone, source.member().source().name(), e);
      } catch (IOException e) {
        DeviceException.rethrowShortage(e);
        if (!MirrorStorage.isWorn(target.part(), zone)
            && !members.drop(target.member(), target.part(), e)) {
          throw e;
        }
        return true;
      }
    }
    return false;
  }

  private List<Seat> sources(Member member, int zone) {
    List<Seat> sources = new ArrayList<>();
    for (Member other : members.current()) {
      Part part = other.part();
      if (other != member
          && part != null
          && other.inStep().get(zone)
          && !MirrorStorage.isWorn(part, zone)) {
        sources.add(new Seat(other, part));
      }
    }
    return sources;
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
    for (long at = 0; at < lengthBytes && !stopping; at += PIECE_BYTES) {
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
      yieldToOthers(began);
    }
    mirror.inZone(zone, () -> target.member().inStep().set(zone, !stopping && source.isCurrent()));
  }

  private void copySequential(Seat target, Seat source, int zone, SoftwareZoneState begin)
      throws IOException {
    Member member = target.member();
    Part part = target.part();
    long written = part.report(zone).writtenBytes();
    boolean follows = member.follows().get(zone);
    long known = Math.min(written, begin.pointerBytes());
    boolean keeps = (known == written || follows) && isSame(source.part(), part, zone, known);
    if (stopping || !source.isCurrent()) {
      return;
    }
    boolean differs =
        !keeps
            && (known == written || follows)
            && known > 0
            && isNeeded(target, source, zone, known);
    keeps |= differs;
    if (follows && keeps) {
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
    while (known < mirror.zoneState(zone).pointerBytes() - PIECE_BYTES && !stopping) {
      long to = known + PIECE_BYTES;
      long began = System.nanoTime();
      copy.copy(source.part(), part, zone, known, to);
      known = to;
      yieldToOthers(began);
      if (!source.isCurrent() || mirror.zoneState(zone).resets() != begin.resets()) {
        return;
      }
    }
    if (stopping) {
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

  private boolean waitsForJudge() {
    return storage.judge() == null
        && !impatient
        && System.nanoTime() - beganNanos < LONGEST_WAIT_FOR_JUDGE_NANOS;
  }

  /**
   * Whether a member has something right in a zone that the source has wrong. Both then stay as
   * they are: who reads them knows which is right, and moves it. A member that was away may also
   * lack what was written meanwhile: it is then not as good as the source, and gets all of it.
   */
  private boolean isNeeded(Seat target, Seat source, int zone, long lengthBytes)
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
              && (target.isCurrent() || !judge.isNeeded(zone, lengthBytes, ofTarget, ofSource));
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
      DeviceException.rethrowShortage(e);
      LOG.info("zone {} of {} cannot be judged", zone, target.member().source().name(), e);
      return false;
    }
  }

  /** A copy that lets others in between two reads. Nothing is given up after it fails, either. */
  private ZoneJudge.Copy paced(ZoneJudge.Copy one) {
    return (at, destination) -> {
      if (stopping) {
        throw new IOException("the mirror is being closed");
      }
      long began = System.nanoTime();
      one.read(at, destination);
      yieldToOthers(began);
    };
  }

  /**
   * Prepares that a member loses what it has of a zone: it is no longer current, and the other one
   * has all of it.
   */
  private boolean canGiveUp(Seat target, Seat source, int zone, SoftwareZoneState begin)
      throws IOException {
    for (long at = 0; at < begin.pointerBytes() && !stopping; at += PIECE_BYTES) {
      long began = System.nanoTime();
      copy.check(source.part(), zone, at, Math.min(begin.pointerBytes(), at + PIECE_BYTES));
      yieldToOthers(began);
    }
    return !stopping && source.isCurrent() && members.demote(target);
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
    for (long at = 0; at < lengthBytes && !stopping; at += PIECE_BYTES) {
      long began = System.nanoTime();
      if (!copy.isSame(source, part, zone, at, Math.min(lengthBytes, at + PIECE_BYTES))) {
        return false;
      }
      yieldToOthers(began);
    }
    return true;
  }

  /** Pauses as long as the last piece took if somebody else used the mirror meanwhile. */
  @SuppressWarnings("WaitNotInLoop") // a wakeup for no reason ends a pause early
  private synchronized void yieldToOthers(long beganNanos) {
    long accesses = storage.accesses();
    boolean used = accesses != accessesBefore;
    accessesBefore = accesses;
    long tookMillis = (System.nanoTime() - beganNanos) / 1_000_000;
    if (used && tookMillis > 0 && !stopping) {
      try {
        wait(Math.min(tookMillis, IDLE_MILLIS));
      } catch (InterruptedException e) {
        stopping = true;
      }
    }
  }

  /**
   * Whether nothing is written in any sequential zone of a drive, and its beginning is zeros or of
   * a sequential zone.
   */
  static boolean isEmpty(ZonedDevice device) throws IOException {
    return PartShapes.isBlankAtBegin(device)
        && device.report(0, device.geometry().zoneCount()).stream()
            .allMatch(zone -> zone.writtenBytes() == 0);
  }

  /** Resets all zones that are not empty. */
  static void erase(ZonedDevice device) throws IOException {
    for (ZoneDescriptor zone : device.report(0, device.geometry().zoneCount())) {
      if (zone.condition().isActive() || zone.condition() == ZoneCondition.FULL) {
        device.reset(zone.index());
      }
    }
  }
}
