// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.MediumPresence;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
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
        members.adopt(member, new Part(device, MirrorLabels.ZONES));
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

  /** Brings one zone of a member up to date; returns whether there was one. */
  private boolean bringUpToDate(Member member, Part part) throws IOException {
    int zone = member.inStep().nextClear(0);
    while (zone >= 0 && MirrorStorage.isWorn(part, zone)) {
      // Nothing can be done for it: reads come from the others, and nobody writes to it.
      zone = member.inStep().nextClear(zone + 1);
    }
    if (zone >= 0) {
      Part source = source(member, zone);
      if (source == null) {
        boolean alone = member.isCurrent() && isInStepNowhere(zone);
        member.inStep().set(zone, alone);
        return alone;
      }
      try {
        bringUpToDate(member, part, source, zone);
      } catch (ZoneCopy.SourceFailed e) {
        throw e.failure();
      } catch (IOException e) {
        if (!MirrorStorage.isWorn(part, zone) && !members.drop(member, part, e)) {
          throw e;
        }
      }
      return true;
    }
    if (!member.isCurrent()) {
      members.promote(member, part);
      return true;
    }
    return false;
  }

  private @Nullable Part source(Member member, int zone) {
    for (Member other : members.current()) {
      Part part = other.part();
      if (other != member && part != null && other.inStep().get(zone)) {
        return part;
      }
    }
    return null;
  }

  /** Whether no member is known to be right: those that were are gone. */
  private boolean isInStepNowhere(int zone) {
    return members.all().stream()
        .noneMatch(member -> member.part() != null && member.inStep().get(zone));
  }

  private void bringUpToDate(Member member, Part part, Part source, int zone) throws IOException {
    SoftwareZoneState state = mirror.zoneState(zone);
    switch (state.condition()) {
      case NOT_WRITE_POINTER -> copyConventional(member, part, source, zone, state.writtenBytes());
      case OFFLINE -> member.inStep().set(zone, true);
      default -> copySequential(member, part, source, zone, state);
    }
  }

  /** Later writes go to both members, and each piece is copied while nobody writes. */
  private void copyConventional(Member member, Part part, Part source, int zone, long lengthBytes)
      throws IOException {
    mirror.inZone(zone, () -> member.follows().set(zone, true));
    for (long at = 0; at < lengthBytes && !stopping; at += PIECE_BYTES) {
      long from = at;
      long to = Math.min(lengthBytes, at + PIECE_BYTES);
      long began = System.nanoTime();
      mirror.inZone(zone, () -> copy.copy(source, part, zone, from, to));
      yieldToOthers(began);
    }
    if (!stopping) {
      member.inStep().set(zone, true);
    }
  }

  private void copySequential(
      Member member, Part part, Part source, int zone, SoftwareZoneState begin) throws IOException {
    long known = Math.min(part.report(zone).writtenBytes(), begin.pointerBytes());
    boolean follows = member.follows().get(zone);
    boolean keeps = known == part.report(zone).writtenBytes() || follows;
    keeps = keeps && isSame(source, part, zone, known);
    if (stopping) {
      return;
    }
    if (follows && keeps) {
      mirror.inZone(zone, () -> markInStep(member, zone, begin));
      return;
    }
    mirror.inZone(zone, () -> member.follows().set(zone, false));
    if (!keeps) {
      part.reset(zone);
      known = 0;
    }
    while (known < mirror.zoneState(zone).pointerBytes() - PIECE_BYTES && !stopping) {
      long to = known + PIECE_BYTES;
      long began = System.nanoTime();
      copy.copy(source, part, zone, known, to);
      known = to;
      yieldToOthers(began);
      if (mirror.zoneState(zone).resets() != begin.resets()) {
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
          SoftwareZoneState now = mirror.zoneState(zone);
          if (now.resets() != begin.resets()) {
            return;
          }
          if (copied < now.pointerBytes()) {
            copy.copy(source, part, zone, copied, now.pointerBytes());
          }
          if (now.condition() == ZoneCondition.EMPTY
              && part.report(zone).condition() != ZoneCondition.EMPTY) {
            part.reset(zone);
          }
          member.follows().set(zone, true);
          member.inStep().set(zone, true);
        });
  }

  /** Unless the zone was reset meanwhile: it is then looked at again. */
  private void markInStep(Member member, int zone, SoftwareZoneState begin) {
    if (mirror.zoneState(zone).resets() == begin.resets()) {
      member.inStep().set(zone, true);
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

  /** Whether nothing is written in any sequential zone of a drive. */
  static boolean isEmpty(ZonedDevice device) throws IOException {
    return device.report(0, device.geometry().zoneCount()).stream()
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
