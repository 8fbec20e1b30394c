// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.util.BitSet;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import zonefsj.device.MediumPresence;
import zonefsj.device.compose.Part;

/**
 * A member of a mirror. Takes four bits for each zone. Thread-safe; {@link MirrorMembers} changes
 * what it is.
 */
final class Member {
  /**
   * How long a member stays out after a return that failed, which reads all of two drives; twice as
   * long each time.
   */
  private static final long FIRST_REST_NANOS = 5_000_000_000L;

  private static final long MAX_REST_NANOS = 3_600_000_000_000L;

  private final int index;
  private final MemberSource source;
  private final int zones;
  private final LongAdder failedReads = new LongAdder();
  private final LongAdder wrongReads = new LongAdder();

  /** The drive; null while it is missing. */
  private volatile @Nullable Part part;

  /** The last drive that was taken away. */
  private volatile @Nullable Part former;

  /** Whether it has everything that was acknowledged. */
  private volatile boolean current;

  private volatile String reason = "";

  /** Whether it is left out on request, until it is admitted or its drive was away. */
  private volatile boolean ejected;

  /** The rest after the last return that failed; 0 if the last one did not. */
  private volatile long restNanos;

  /** When that ends. */
  private volatile long restedNanos;

  /** Zones that receive every change. */
  private volatile ZoneBits follows;

  /** Zones that have the same content as on the other members. */
  private volatile ZoneBits inStep;

  /** Zones in step that are right where those of another member are wrong. */
  private volatile ZoneBits differing;

  /** Zones where what it has is the begin of what the others have. */
  private volatile ZoneBits kept;

  Member(int index, MemberSource source, int zones) {
    this.index = index;
    this.source = source;
    this.zones = zones;
    this.follows = new ZoneBits(zones, false);
    this.inStep = new ZoneBits(zones, false);
    this.differing = new ZoneBits(zones, false);
    this.kept = new ZoneBits(zones, false);
  }

  int index() {
    return index;
  }

  MemberSource source() {
    return source;
  }

  @Nullable Part part() {
    return part;
  }

  boolean isCurrent() {
    return current;
  }

  void setCurrent(boolean nowCurrent) {
    current = nowCurrent;
  }

  ZoneBits follows() {
    return follows;
  }

  ZoneBits inStep() {
    return inStep;
  }

  ZoneBits differing() {
    return differing;
  }

  ZoneBits kept() {
    return kept;
  }

  /** Zones in which it is not known to be right. */
  BitSet doubtful() {
    BitSet doubtful = inStep.toBitSet();
    doubtful.flip(0, zones);
    return doubtful;
  }

  /** Zones that it may have differently from the other current members. */
  BitSet uneven() {
    BitSet uneven = doubtful();
    uneven.or(differing.toBitSet());
    return uneven;
  }

  /** Makes a drive the member. */
  void attach(Part drive, boolean nowCurrent) {
    follows = new ZoneBits(zones, nowCurrent);
    inStep = new ZoneBits(zones, false);
    differing = new ZoneBits(zones, false);
    kept = new ZoneBits(zones, false);
    current = nowCurrent;
    reason = "";
    part = drive;
    former = null;
  }

  /** Takes the drive away. */
  void detach(String why) {
    former = part;
    part = null;
    current = false;
    reason = why;
  }

  /** It was taken out before it was current. */
  void returnFailed() {
    restNanos = restNanos == 0 ? FIRST_REST_NANOS : Math.min(MAX_REST_NANOS, 2 * restNanos);
    restedNanos = System.nanoTime() + restNanos;
  }

  /** It is current again, or is wanted at once. */
  void forgetFailedReturns() {
    restNanos = 0;
  }

  /** Whether another return may be tried. */
  boolean hasRested() {
    return restNanos == 0 || System.nanoTime() - restedNanos >= 0;
  }

  boolean isEjected() {
    return ejected;
  }

  void setEjected(boolean isOnRequest) {
    ejected = isOnRequest;
  }

  /** Whether the medium of the last drive that was taken away is no longer there. */
  boolean isPulled() {
    Part last = former;
    return last != null && !MediumPresence.ofAll(last.device());
  }

  /** Whether the last drive that was taken away is not closed yet. */
  boolean isClosing() {
    Part last = former;
    return last != null && last.device() instanceof LimitedMember limited && limited.isClosing();
  }

  void noteReason(String why) {
    reason = why;
  }

  void countWrongRead() {
    wrongReads.increment();
  }

  void countFailedRead() {
    failedReads.increment();
  }

  MemberState state() {
    boolean missing = part == null;
    int same = missing ? 0 : inStep.count();
    MemberState.Standing standing =
        missing
            ? MemberState.Standing.MISSING
            : !current
                ? MemberState.Standing.BEHIND
                : same < zones ? MemberState.Standing.COMPARING : MemberState.Standing.CURRENT;
    return new MemberState(
        source.name(),
        standing,
        missing ? reason : "",
        same,
        zones,
        missing ? 0 : differing.count(),
        failedReads.sum(),
        wrongReads.sum());
  }
}
