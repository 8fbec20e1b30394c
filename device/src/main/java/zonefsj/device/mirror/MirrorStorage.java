// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneJudge;
import zonefsj.device.compose.Part;
import zonefsj.device.compose.PartThreads;
import zonefsj.device.compose.PendingResets;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.software.SoftwareZoneStates;
import zonefsj.device.software.ZoneStorage;

/**
 * Zones that all members have. Every change goes to all members that follow the zone; a read goes
 * to one whose zone is in step, and to the others if it fails.
 *
 * <p>If a change fails on some members only, it has succeeded, and those members are taken out. Two
 * failures are different: if a member's zone has become READ_ONLY or OFFLINE, the zone of the
 * mirror becomes READ_ONLY, so that its data move elsewhere and the member stays; and if the host
 * had no memory, nobody is to blame, and the change fails. If a change fails on all members, it
 * fails.
 *
 * <p>After a crash a zone may be longer on one member than on another. The longest one counts: all
 * others get what they lack. As a reset is durable on all members before the zone is written again,
 * the shorter ones are beginnings of the longest one, up to what no flush has covered.
 */
final class MirrorStorage implements ZoneStorage {
  private static final Logger LOG = LoggerFactory.getLogger(MirrorStorage.class);

  /** Shorter changes are faster one after the other than by several threads. */
  private static final long LEAST_PARALLEL_BYTES = 64 << 10;

  private final MirrorMembers members;
  private final PartThreads threads;
  private final PendingResets resets = new PendingResets();
  private final ZoneCopy copy = new ZoneCopy();
  private volatile @Nullable ZoneJudge judge;
  private final LongAdder accesses = new LongAdder();

  MirrorStorage(MirrorMembers members, PartThreads threads) {
    this.members = members;
    this.threads = threads;
  }

  @Override
  public void read(int zone, long offsetBytes, ByteBuffer destination) throws IOException {
    accesses.increment();
    int position = destination.position();
    int limit = destination.limit();
    IOException failure = null;
    for (Seat seat : readable(zone)) {
      Member member = seat.member();
      Part part = seat.part();
      try {
        part.read(zone, offsetBytes, destination);
        if (seat.isTaken()) {
          return;
        }
        destination.limit(limit).position(position);
      } catch (IOException e) {
        DeviceException.rethrowShortage(e);
        destination.limit(limit).position(position);
        member.countFailedRead();
        // What is not in step is compared, and written anew if that fails, too.
        member.inStep().set(zone, false);
        if (failure == null) {
          failure = e;
          LOG.warn("zone {} of {} cannot be read", zone, member.source().name(), e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    throw failure != null ? failure : gone(zone);
  }

  /** Those of all members, in their order; a member that is missing counts for one. */
  @Override
  public int copies() {
    int copies = 0;
    for (Member member : members.all()) {
      copies += copiesOf(member);
    }
    return copies;
  }

  private static int copiesOf(Member member) {
    Part part = member.part();
    return part == null ? 1 : part.copies();
  }

  /**
   * Only a member whose zone is in step has copies: one that is compared after a crash may have
   * bytes that no other one has, and loses them when the comparison ends.
   */
  @Override
  public void readCopy(int copy, int zone, long offsetBytes, ByteBuffer destination)
      throws IOException {
    accesses.increment();
    int first = 0;
    for (Member member : members.all()) {
      int count = copiesOf(member);
      if (copy >= first + count) {
        first += count;
        continue;
      }
      Part part = member.part();
      if (part != null && member.inStep().get(zone)) {
        readCopy(new Seat(member, part), copy - first, zone, offsetBytes, destination);
        return;
      }
      break;
    }
    throw new DeviceException(
        Reason.MEDIA, zone, "copy " + copy + " of zone " + zone + " cannot be read now");
  }

  private void readCopy(Seat seat, int copy, int zone, long offsetBytes, ByteBuffer destination)
      throws IOException {
    Member member = seat.member();
    try {
      seat.part().readCopy(copy, zone, offsetBytes, destination);
    } catch (IOException e) {
      DeviceException.rethrowShortage(e);
      noteFailedRead(seat, copy, zone);
      throw e;
    }
    if (!seat.isTaken() || !member.inStep().get(zone)) {
      throw new DeviceException(
          Reason.MEDIA, zone, member.source().name() + " has left the mirror meanwhile");
    }
  }

  /** What a nested mirror's member cannot read, another one of its members may have. */
  private static void noteFailedRead(Seat seat, int copy, int zone) {
    if (seat.part().copies() > 1) {
      LOG.debug("copy {} of zone {} of {} does not answer", copy, zone, seat.part().device());
      return;
    }
    seat.member().countFailedRead();
    // It is written anew, as after any failed read.
    seat.member().inStep().set(zone, false);
    LOG.warn("zone {} of {} cannot be read", zone, seat.member().source().name());
  }

  @Override
  public void noteWrong(int copy, int zone, long offsetBytes) {
    int first = 0;
    for (Member member : members.all()) {
      int count = copiesOf(member);
      if (copy < first + count) {
        member.countWrongRead();
        Part part = member.part();
        if (part != null) {
          part.noteWrong(copy - first, zone, offsetBytes);
        }
        return;
      }
      first += count;
    }
  }

  /** Members that are mirrors themselves ask it, too. */
  @Override
  public void judgeBy(ZoneJudge given) {
    judge = given;
    for (Member member : members.all()) {
      Part part = member.part();
      if (part != null) {
        part.judgeBy(given);
      }
    }
  }

  /** Who knows what zones must contain; null if nobody has come yet. */
  @Nullable ZoneJudge judge() {
    return judge;
  }

  /** Members in the order in which they are asked for a zone: neighbours share the work. */
  private List<Seat> readable(int zone) {
    List<Seat> inStep = new ArrayList<>();
    List<Seat> others = new ArrayList<>();
    for (Member member : members.all()) {
      Part part = member.part();
      if (part == null) {
        continue;
      }
      if (member.inStep().get(zone)) {
        inStep.add(new Seat(member, part));
      } else if (member.isCurrent() && member.follows().get(zone)) {
        others.add(new Seat(member, part));
      }
    }
    if (inStep.size() > 1) {
      int first = zone % inStep.size();
      List<Seat> turned = new ArrayList<>(inStep.subList(first, inStep.size()));
      turned.addAll(inStep.subList(0, first));
      inStep = turned;
    }
    inStep.addAll(others);
    return inStep;
  }

  @Override
  public void write(int zone, long offsetBytes, ByteBuffer[] sources) throws IOException {
    accesses.increment();
    resets.await(zone, this::flushMembers);
    long length = AccessRules.totalBytes(sources);
    change(
        zone,
        length >= LEAST_PARALLEL_BYTES,
        part -> part.write(zone, offsetBytes, duplicates(sources)));
    for (ByteBuffer source : sources) {
      source.position(source.limit());
    }
  }

  private static ByteBuffer[] duplicates(ByteBuffer[] sources) {
    ByteBuffer[] duplicates = new ByteBuffer[sources.length];
    for (int at = 0; at < sources.length; at++) {
      duplicates[at] = sources[at].duplicate();
    }
    return duplicates;
  }

  @Override
  public void finish(int zone) throws IOException {
    resets.await(zone, this::flushMembers);
    change(zone, true, part -> part.finish(zone));
  }

  @Override
  public void reset(int zone, SoftwareZoneStates states, Emptying emptying) throws IOException {
    ZoneCondition condition = states.state(zone).condition();
    if (condition.isActive() || condition == ZoneCondition.FULL) {
      try {
        change(zone, true, part -> part.reset(zone));
        members.all().forEach(member -> member.differing().set(zone, false));
      } finally {
        resets.note(zone);
      }
    }
    emptying.run();
  }

  @Override
  public void saveState(int zone, SoftwareZoneStates states) {
    // The members have the state already.
  }

  @Override
  public void flush(SoftwareZoneStates states) throws IOException {
    flushMembers();
  }

  /** Number of reads and writes so far. */
  long accesses() {
    return accesses.sum();
  }

  void flushMembers() throws IOException {
    resets.flush(
        () -> {
          List<Seat> all = new ArrayList<>();
          for (Member member : members.all()) {
            Part part = member.part();
            if (part != null && (part.needsFlush() || member.isCurrent())) {
              all.add(new Seat(member, part));
            }
          }
          run(all, true, Part::flush, Member::isCurrent, -1);
          members.settle();
        });
  }

  @Override
  public void close() throws IOException {
    threads.close();
    members.close();
  }

  private void change(int zone, boolean parallel, PartAccess access) throws IOException {
    run(members.following(zone), parallel, access, member -> true, zone);
  }

  /**
   * Runs an access on members, and takes out those on which it fails while it succeeds on another
   * one that counts.
   *
   * @param zone which is changed; -1 for none
   */
  private void run(List<Seat> those, boolean parallel, PartAccess access, Counting counts, int zone)
      throws IOException {
    Attempt[] attempts = new Attempt[those.size()];
    List<PartThreads.Access> accesses = new ArrayList<>(attempts.length);
    for (int at = 0; at < attempts.length; at++) {
      Attempt attempt = new Attempt(those.get(at));
      attempts[at] = attempt;
      accesses.add(() -> attempt.run(access));
    }
    if (parallel) {
      threads.runAll(accesses);
    } else {
      for (PartThreads.Access one : accesses) {
        one.run();
      }
    }
    judge(attempts, counts, zone);
  }

  private void judge(Attempt[] attempts, Counting counts, int zone) throws IOException {
    IOException failure = null;
    boolean anyDone = false;
    boolean anyFailed = false;
    for (Attempt attempt : attempts) {
      if (attempt.done) {
        anyDone |= counts.counts(attempt.member);
      } else if (attempt.failure != null && attempt.isStillIn()) {
        anyFailed = true;
        DeviceException.rethrowShortage(attempt.failure);
        failure = failure == null ? attempt.failure : failure;
      }
    }
    if (!anyDone) {
      throw failure != null ? failure : gone(zone);
    }
    if (!anyFailed) {
      return;
    }
    DeviceException worn = null;
    for (Attempt attempt : attempts) {
      Part part = attempt.part;
      if (attempt.failure == null || !attempt.isStillIn()) {
        continue;
      }
      if (zone >= 0 && isWorn(part, zone)) {
        worn =
            new DeviceException(
                Reason.ZONE_READ_ONLY,
                zone,
                "zone " + zone + " has failed on " + attempt.member.source().name(),
                attempt.failure);
      } else if (!members.drop(attempt.member, part, attempt.failure)) {
        throw attempt.failure;
      }
    }
    if (worn != null) {
      throw worn;
    }
  }

  /** Whether a zone has failed while its drive answers. */
  static boolean isWorn(Part part, int zone) {
    try {
      return isWorn(part.report(zone));
    } catch (IOException e) {
      LOG.debug("zone {} of {} is not reported", zone, part.device(), e);
      return false;
    }
  }

  static boolean isWorn(ZoneDescriptor zone) {
    return zone.condition() == ZoneCondition.READ_ONLY || zone.condition() == ZoneCondition.OFFLINE;
  }

  private static DeviceException gone(int zone) {
    return new DeviceException(Reason.MEDIA, zone, "no member of the mirror is left that has it");
  }

  @Override
  public SoftwareZoneState settle(int zone, SoftwareZoneState known) throws IOException {
    SoftwareZoneState found = level(zone, known);
    boolean staysOpen = found.condition() == ZoneCondition.CLOSED && known.condition().isActive();
    return staysOpen ? found.as(known.condition()) : found;
  }

  /** Finishes a zone on the members that have all of it: they get a resource back. */
  void finishLongest(int zone) throws IOException {
    List<Seat> longest = new ArrayList<>();
    long longestBytes = 0;
    for (Seat seat : members.following(zone)) {
      long writtenBytes = writtenBytes(seat.member(), seat.part(), zone);
      if (writtenBytes > longestBytes) {
        longest.clear();
        longestBytes = writtenBytes;
      }
      if (writtenBytes == longestBytes) {
        longest.add(seat);
      }
    }
    for (Seat seat : longest) {
      try {
        seat.part().finish(zone);
      } catch (IOException e) {
        DeviceException.rethrowShortage(e);
        if (!isWorn(seat.part(), zone) && !members.drop(seat.member(), seat.part(), e)) {
          throw e;
        }
      }
    }
  }

  /** Written bytes of a zone of a member; -1 if it does not answer, and was taken out. */
  private long writtenBytes(Member member, Part part, int zone) throws IOException {
    try {
      return part.report(zone).writtenBytes();
    } catch (IOException e) {
      DeviceException.rethrowShortage(e);
      if (!members.drop(member, part, e)) {
        throw e;
      }
      return -1;
    }
  }

  /** Gives all members that follow a zone the longest of their states. */
  SoftwareZoneState level(int zone, SoftwareZoneState known) throws IOException {
    while (true) {
      List<Attempt> attempts = new ArrayList<>();
      List<ZoneDescriptor> reports = new ArrayList<>();
      for (Seat seat : members.following(zone)) {
        Attempt attempt = new Attempt(seat);
        attempt.run(part -> reports.add(part.report(zone)));
        attempts.add(attempt);
      }
      boolean complete = attempts.stream().allMatch(attempt -> attempt.done);
      if (!complete) {
        judge(attempts.toArray(Attempt[]::new), Member::isCurrent, -1);
        continue;
      }
      if (reports.isEmpty()) {
        throw gone(zone);
      }
      SoftwareZoneState state = stateOf(reports, known);
      boolean even = state.condition() == ZoneCondition.READ_ONLY;
      if (!even && !fill(zone, attempts, reports)) {
        continue;
      }
      return state;
    }
  }

  /** The state of a zone with these states on its members. */
  static SoftwareZoneState stateOf(List<ZoneDescriptor> reports, SoftwareZoneState known) {
    if (reports.stream().allMatch(zone -> zone.condition() == ZoneCondition.OFFLINE)) {
      return SoftwareZoneState.of(reports.get(0));
    }
    if (reports.stream().anyMatch(MirrorStorage::isWorn)) {
      long capacity = reports.get(0).capacityBytes();
      return new SoftwareZoneState(ZoneCondition.READ_ONLY, capacity, capacity, known.resets());
    }
    return SoftwareZoneState.of(longest(reports));
  }

  static ZoneDescriptor longest(List<ZoneDescriptor> reports) {
    ZoneDescriptor longest = reports.get(0);
    for (ZoneDescriptor zone : reports) {
      if (zone.writtenBytes() > longest.writtenBytes()
          || (zone.writtenBytes() == longest.writtenBytes()
              && zone.condition() == ZoneCondition.FULL)) {
        longest = zone;
      }
    }
    return longest;
  }

  /**
   * Gives each member what the longest one has.
   *
   * @return false if one could not take it, and was taken out
   */
  private boolean fill(int zone, List<Attempt> attempts, List<ZoneDescriptor> reports)
      throws IOException {
    ZoneDescriptor longest = longest(reports);
    Attempt has = attempts.get(reports.indexOf(longest));
    Part source = has.part;
    for (int at = 0; at < reports.size(); at++) {
      Attempt attempt = attempts.get(at);
      Part part = attempt.part;
      long fromBytes = reports.get(at).writtenBytes();
      if (fromBytes >= longest.writtenBytes()) {
        continue;
      }
      LOG.info("zone {} of {} gets what it lacks", zone, attempt.member.source().name());
      try {
        copy.copy(source, part, zone, fromBytes, longest.writtenBytes());
      } catch (ZoneCopy.SourceFailed e) {
        DeviceException.rethrowShortage(e.failure());
        // What the others lack was covered by no flush.
        if (!members.drop(has.member, source, e.failure())) {
          throw e.failure();
        }
        return false;
      } catch (IOException e) {
        DeviceException.rethrowShortage(e);
        if (!isWorn(part, zone) && !members.drop(attempt.member, part, e)) {
          throw e;
        }
        return false;
      }
    }
    return true;
  }

  /** One access of one member, and how it ended. */
  private static final class Attempt {
    private final Seat seat;
    private final Member member;
    private final Part part;
    private volatile boolean done;
    private volatile @Nullable IOException failure;

    Attempt(Seat seat) {
      this.seat = seat;
      this.member = seat.member();
      this.part = seat.part();
    }

    void run(PartAccess access) {
      try {
        access.run(part);
        done = true;
      } catch (IOException e) {
        failure = e;
      }
    }

    boolean isStillIn() {
      return seat.isTaken();
    }
  }

  /** An access of one member. */
  @FunctionalInterface
  private interface PartAccess {
    void run(Part part) throws IOException;
  }

  /** Whether the success of a member is a success of the mirror. */
  @FunctionalInterface
  private interface Counting {
    boolean counts(Member member);
  }
}
