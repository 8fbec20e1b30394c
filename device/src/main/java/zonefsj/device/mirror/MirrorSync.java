// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.MediumPresence;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneJudge;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.Part;
import zonefsj.device.compose.PartShapes;

/**
 * Brings members up to date, zone by zone, while the mirror is in use; opens missing members again.
 * What a member has already is compared and kept.
 *
 * <p>Threading: one daemon thread; a zone is locked for its last pieces only. While applications
 * use the mirror, it pauses as long as it works.
 */
final class MirrorSync {
  private static final Logger LOG = LoggerFactory.getLogger(MirrorSync.class);

  /** What is said of a drive that holds something else. */
  static final String NO_MEMBER =
      "it is no member of this mirror, and not empty; empty it with 'zonefs-j zone reset --force'";

  private static final long IDLE_MILLIS = 1000;

  /** An open that takes longer continues beside the other work. */
  private static final long USUAL_OPEN_MILLIS = 1000;

  /** The same if it is waited for. */
  private static final long MAX_OPEN_MILLIS = 60_000;

  /** Longer than the kernel tries an access of a drive that answers at all. */
  private static final long LONGEST_WAIT_FOR_END_NANOS = 60_000_000_000L;

  private static final int LOOKS_BETWEEN_OPENS = 4;

  /** So long after it was opened, members wait for a judge before they are compared. */
  private static final long LONGEST_WAIT_FOR_JUDGE_NANOS = 60_000_000_000L;

  private final MirrorZonedDevice mirror;
  private final MirrorMembers members;
  private final MirrorStorage storage;
  private final SyncPace pace;
  private final ZoneSync zones;
  private final MemberOpener opener =
      new MemberOpener((member, device) -> refusal(member, device, MirrorLabels.read(device)));
  private final Thread thread = new Thread(this::work, "mirror-sync");

  /** Members that the log says do not answer. */
  private final Set<Member> silent = new HashSet<>();

  /** Whether the last look found nothing to do. */
  private boolean idle;

  /** The drive that is to become a member; null if none is. */
  private volatile @Nullable ZonedDevice joining;

  private int looks;

  /** How often the drives of former members have been closed. Guarded by this. */
  private long closings;

  private final long beganNanos = System.nanoTime();

  /** Whether nobody waits for a judge any more. */
  private volatile boolean impatient;

  MirrorSync(MirrorZonedDevice mirror, MirrorMembers members, MirrorStorage storage) {
    this.mirror = mirror;
    this.members = members;
    this.storage = storage;
    this.pace = new SyncPace(storage);
    this.zones = new ZoneSync(mirror, members, storage, pace);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /**
   * Ends the thread, after the piece that it works on.
   *
   * @return false if it was stopped before; then it is not waited for
   * @throws IOException if a member does not answer for a minute
   */
  boolean stop() throws IOException {
    if (!pace.stop()) {
      return false;
    }
    synchronized (this) {
      notifyAll();
    }
    try {
      hurry(true);
      awaitEnd();
    } finally {
      hurry(false);
    }
    return true;
  }

  /** Lets members that do not answer fail soon: the thread may wait for one. */
  private void hurry(boolean isHurry) {
    for (Member member : members.all()) {
      Part part = member.part();
      if (part != null) {
        hurry(part.device(), isHurry);
      }
    }
    ZonedDevice device = joining;
    if (device != null) {
      hurry(device, isHurry);
    }
  }

  private static void hurry(ZonedDevice device, boolean isHurry) {
    if (device instanceof LimitedMember limited) {
      limited.hurry(isHurry);
    }
  }

  private void awaitEnd() throws IOException {
    boolean interrupted = false;
    long deadline = System.nanoTime() + LONGEST_WAIT_FOR_END_NANOS;
    for (long left = deadline - System.nanoTime();
        thread.isAlive() && left > 0;
        left = deadline - System.nanoTime()) {
      try {
        thread.join(1 + left / 1_000_000);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      throw new IOException("the mirror stays open: a member of it does not answer");
    }
  }

  synchronized void awaitIdle() throws InterruptedException {
    idle = false;
    impatient = true;
    looks = 0;
    notifyAll();
    while (!idle && !pace.isStopping()) {
      wait();
    }
  }

  /** Waits until the drives of members that were taken out are closed. */
  synchronized void awaitClosed() throws InterruptedException {
    // One round may have begun before.
    long enough = closings + 2;
    while (closings < enough && !pace.isStopping()) {
      notifyAll();
      wait(IDLE_MILLIS);
    }
  }

  /** Lets missing members be opened soon. */
  synchronized void lookSoon() {
    looks = 0;
    notifyAll();
  }

  private void work() {
    try {
      lookAgainAndAgain();
    } finally {
      opener.stop();
    }
  }

  private void lookAgainAndAgain() {
    while (!pace.isStopping()) {
      boolean worked = false;
      try {
        worked = look();
      } catch (IOException e) {
        if (DeviceException.isAway(e)) {
          // The log says already which member does not answer.
          LOG.debug("a member of the mirror does not answer", e);
        } else {
          LOG.warn("a member of the mirror cannot be brought up to date now", e);
        }
      } catch (InterruptedException e) {
        pace.stop();
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
    if (pace.isStopping()) {
      return;
    }
    idle = looks > 0;
    notifyAll();
    try {
      wait(IDLE_MILLIS);
    } catch (InterruptedException e) {
      pace.stop();
    }
  }

  /** Does one piece of work; returns whether there was one. */
  private boolean look() throws IOException, InterruptedException {
    for (Part part : members.takeLeaving()) {
      try {
        part.close();
      } catch (IOException e) {
        LOG.warn("a former member of the mirror cannot be closed", e);
      }
    }
    noteClosed();
    checkPresence();
    checkSilence();
    boolean worked = false;
    if (looks++ % LOOKS_BETWEEN_OPENS == 0) {
      for (Member member : members.all()) {
        worked |= member.part() == null && mayReturn(member) && reopen(member);
      }
    }
    if (waitsForJudge()) {
      return worked;
    }
    worked |= bringAllUpToDate(false);
    return worked || bringAllUpToDate(true);
  }

  private synchronized void noteClosed() {
    closings++;
    notifyAll();
  }

  /**
   * Whether a member that is missing may be opened: one that was ejected, after it was away; one
   * whose return has failed, after that or a rest.
   */
  private static boolean mayReturn(Member member) {
    if (member.isPulled()) {
      member.forgetFailedReturns();
      if (member.isEjected()) {
        LOG.info("{} was ejected, and is gone: it may return", member.source().name());
        member.setEjected(false);
      }
    }
    return !member.isEjected() && member.hasRested();
  }

  private boolean bringAllUpToDate(boolean later) throws IOException {
    boolean worked = false;
    for (Member member : members.all()) {
      Part part = member.part();
      if (part != null && !silent.contains(member) && hasSource(member)) {
        worked |= bringUpToDate(member, part, later);
      }
    }
    return worked;
  }

  /** Whether a member can be brought up to date from one that answers, or needs none. */
  private boolean hasSource(Member member) {
    return silent.isEmpty()
        || members.current().stream()
            .anyMatch(other -> !other.equals(member) && !silent.contains(other));
  }

  /** Leaves members out whose media have not answered for long: the others have what they have. */
  private void checkSilence() throws IOException, InterruptedException {
    for (Member member : members.all()) {
      Part part = member.part();
      if (part != null && part.device() instanceof LimitedMember limited) {
        checkSilence(member, part, limited);
      } else {
        silent.remove(member);
      }
    }
  }

  private void checkSilence(Member member, Part part, LimitedMember limited)
      throws IOException, InterruptedException {
    if (limited.isSilent()) {
      limited.probe(impatient || limited.isExhausted());
    }
    if (!limited.isSilent()) {
      if (silent.remove(member)) {
        LOG.info("{} answers again", member.source().name());
      }
      return;
    }
    if (silent.add(member)) {
      LOG.warn(
          "{} does not answer; reads go to the other members, and after {} s it is left out",
          member.source().name(),
          limited.limitMillis() / 1000);
    }
    if (limited.isExhausted()) {
      members.drop(member, part, limited.unavailable());
    }
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
  private boolean reopen(Member member) throws IOException, InterruptedException {
    ZonedDevice device;
    try {
      Optional<ZonedDevice> opened =
          opener.open(member, impatient ? MAX_OPEN_MILLIS : USUAL_OPEN_MILLIS, pace::isStopping);
      if (opened.isEmpty()) {
        member.noteReason("it does not answer");
        return false;
      }
      device = opened.orElseThrow();
    } catch (IOException e) {
      member.noteReason(String.valueOf(e.getMessage()));
      return false;
    }
    boolean adopted = false;
    joining = device;
    try {
      if (pace.isStopping()) {
        // The end of this thread may not know of it.
        return false;
      }
      Optional<MirrorLabel> label = MirrorLabels.read(device);
      String refusal = refusal(member, device, label);
      if (refusal.isEmpty()) {
        Part part = new Part(device, MirrorLabels.ZONES);
        ZoneJudge judge = storage.judge();
        if (judge != null) {
          part.judgeBy(judge);
        }
        members.adopt(member, part, label);
        adopted = true;
      } else {
        member.noteReason(refusal);
      }
    } catch (IOException e) {
      member.noteReason(String.valueOf(e.getMessage()));
    } finally {
      joining = null;
      if (!adopted) {
        device.close();
      }
    }
    return adopted;
  }

  /** Why a drive cannot be a member; empty if it can. */
  private String refusal(Member member, ZonedDevice device, Optional<MirrorLabel> label)
      throws IOException {
    MirrorLabel own = members.label();
    if (label.isPresent()) {
      MirrorLabel there = label.orElseThrow();
      if (!there.isOfMirror(own) || there.index() != member.index()) {
        return "it is " + there.title();
      }
      if (!own.isInLine(there)) {
        return "it was written without the other members; empty it with 'zonefs-j zone reset"
            + " --force'";
      }
    } else if (!PartShapes.isEmpty(device)) {
      return NO_MEMBER;
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
    String limits = MirrorGeometry.lowerLimits(device.geometry(), mirror.geometry());
    return limits.isEmpty()
        ? ""
        : "it allows "
            + limits
            + " than the mirror uses in this mount; unmount, and mount again with it";
  }

  /** Brings one zone of a member up to date; returns whether that could be done. */
  private boolean bringUpToDate(Member member, Part part, boolean later) throws IOException {
    Seat target = new Seat(member, part);
    for (int zone = member.inStep().nextClear(0);
        zone >= 0 && !pace.isStopping();
        zone = member.inStep().nextClear(zone + 1)) {
      // Nothing can be done for a zone that has failed: reads come from the others.
      if (!storage.isScattered(zone)
          && !MemberAccesses.isWorn(part, zone)
          && zones.bringUpToDate(target, zone, later)) {
        return true;
      }
    }
    if (!pace.isStopping() && !member.isCurrent() && hasAll(target)) {
      members.promote(member, part);
      return true;
    }
    return false;
  }

  /**
   * Whether a member has every zone, but those that have failed on the mirror, too: there as well
   * as here, or so that no other member has them.
   */
  private boolean hasAll(Seat target) {
    for (int zone = target.member().inStep().nextClear(0);
        zone >= 0;
        zone = target.member().inStep().nextClear(zone + 1)) {
      ZoneCondition condition = mirror.zoneState(zone).condition();
      if (storage.isScattered(zone)) {
        return false;
      }
      if (condition == ZoneCondition.OFFLINE) {
        continue;
      }
      if (condition != ZoneCondition.READ_ONLY
          || (hasOther(target, zone) && !MemberAccesses.isWorn(target.part(), zone))) {
        return false;
      }
    }
    return true;
  }

  private boolean hasOther(Seat target, int zone) {
    return members.current().stream()
        .anyMatch(other -> !other.equals(target.member()) && other.inStep().get(zone));
  }

  private boolean waitsForJudge() {
    return storage.judge() == null
        && !impatient
        && System.nanoTime() - beganNanos < LONGEST_WAIT_FOR_JUDGE_NANOS;
  }
}
