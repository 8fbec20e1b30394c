// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
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
 */
final class MirrorStorage implements ZoneStorage {
  private static final Logger LOG = LoggerFactory.getLogger(MirrorStorage.class);

  /** Shorter changes are faster one after the other than by several threads. */
  private static final long LEAST_PARALLEL_BYTES = 64 << 10;

  private final MirrorMembers members;
  private final PartThreads threads;
  private final PendingResets resets = new PendingResets();
  private final MemberAccesses accesses;
  private final ZoneLeveler leveler;
  private volatile @Nullable ZoneJudge judge;
  private final LongAdder count = new LongAdder();

  /** Of zones that are uneven in a mirror that is only read. */
  private final Map<Integer, Rest> rests = new HashMap<>();

  /** What the first member lacks of a zone, and the member that has it. */
  private record Rest(long fromBytes, Seat seat) {}

  /** Zones of which no member can give all. */
  private final ZoneBits scattered;

  MirrorStorage(MirrorMembers members, PartThreads threads) {
    this.members = members;
    this.threads = threads;
    this.accesses = new MemberAccesses(members, threads);
    this.leveler = new ZoneLeveler(members, accesses);
    this.scattered = new ZoneBits(members.zones(), false);
  }

  @Override
  public void read(int zone, long offsetBytes, ByteBuffer destination) throws IOException {
    count.increment();
    Rest rest = rests.get(zone);
    if (rest == null) {
      readZone(zone, offsetBytes, destination);
      return;
    }
    int limit = destination.limit();
    int length = destination.remaining();
    int before = (int) Math.max(0, Math.min(length, rest.fromBytes - offsetBytes));
    if (before > 0) {
      readZone(zone, offsetBytes, destination.limit(destination.position() + before));
      destination.limit(limit);
    }
    if (before < length) {
      rest.seat.part().read(zone, offsetBytes + before, destination);
    }
  }

  private void readZone(int zone, long offsetBytes, ByteBuffer destination) throws IOException {
    MemberRead read = new MemberRead(zone, offsetBytes, destination, !scattered.get(zone));
    Seat first = preferred(zone);
    if (first != null && read.isDoneBy(first, hasOther(first, zone))) {
      return;
    }
    List<Seat> seats = readable(zone);
    for (Seat seat : seats) {
      if (!seat.equals(first) && read.isDoneBy(seat)) {
        return;
      }
    }
    if (read.isDoneByLate()) {
      return;
    }
    IOException failure = read.failure().orElseGet(() -> MemberAccesses.gone(zone));
    boolean mayHalve = seats.size() > 1 && !read.hasSilent();
    int half = mayHalve ? half(destination.remaining(), seats.get(0)) : 0;
    if (half == 0) {
      throw failure;
    }
    // Each may have a part that the others cannot read; it ends with the first block that none has.
    int limit = destination.limit();
    readZone(zone, offsetBytes, destination.limit(destination.position() + half));
    readZone(zone, offsetBytes + half, destination.limit(limit));
  }

  /** Half of a length, in whole blocks; 0 if it is one block. */
  private static int half(int lengthBytes, Seat seat) {
    int blockBytes = seat.part().device().geometry().blockSizeBytes();
    return lengthBytes / 2 / blockBytes * blockBytes;
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
    count.increment();
    if (rests.containsKey(zone)) {
      throw new DeviceException(
          Reason.MEDIA, zone, "zone " + zone + " is not the same on all members yet");
    }
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
      if (!MemberRead.isSilent(seat, e)) {
        noteFailedRead(seat, copy, zone, !scattered.get(zone));
      }
      if (DeviceException.isAway(e)) {
        // As of a member that is missing: the other copies can be read.
        throw new DeviceException(
            Reason.MEDIA, zone, member.source().name() + " does not answer", e);
      }
      throw e;
    }
    if (!seat.isTaken() || !member.inStep().get(zone)) {
      throw new DeviceException(
          Reason.MEDIA, zone, member.source().name() + " has left the mirror meanwhile");
    }
  }

  /** What a nested mirror's member cannot read, another one of its members may have. */
  private static void noteFailedRead(Seat seat, int copy, int zone, boolean isMended) {
    if (seat.part().copies() > 1) {
      LOG.debug("copy {} of zone {} of {} does not answer", copy, zone, seat.part().device());
      return;
    }
    seat.member().countFailedRead();
    if (isMended) {
      // As after any failed read.
      seat.member().inStep().set(zone, false);
    }
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

  /** Whether another member that answers has a zone in step. */
  private boolean hasOther(Seat seat, int zone) {
    if (!(seat.part().device() instanceof LimitedMember)) {
      return false;
    }
    for (Member member : members.all()) {
      if (!member.equals(seat.member()) && isInStep(member, zone)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The first of {@link #readable} without a list of the others, because nearly every read ends
   * with it; null if no member's zone is in step and answers.
   */
  private @Nullable Seat preferred(int zone) {
    List<Member> all = members.all();
    int inStep = 0;
    for (int at = 0; at < all.size(); at++) {
      inStep += isInStep(all.get(at), zone) ? 1 : 0;
    }
    int skipped = inStep == 0 ? 0 : zone % inStep;
    for (int at = 0; at < all.size(); at++) {
      Member member = all.get(at);
      Part part = member.part();
      if (part == null || !isInStep(member, zone)) {
        continue;
      }
      if (skipped == 0) {
        return new Seat(member, part);
      }
      skipped--;
    }
    return null;
  }

  private static boolean isInStep(Member member, int zone) {
    Part part = member.part();
    return part != null && member.inStep().get(zone) && !isSilent(part);
  }

  private static boolean isSilent(Part part) {
    return part.device() instanceof LimitedMember limited && limited.isSilent();
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
    inStep.sort(Comparator.comparing(seat -> isSilent(seat.part())));
    inStep.addAll(others);
    return inStep;
  }

  /** A member that does not answer is taken out, as after a change that it refuses. */
  @Override
  public List<Integer> failedZones(int from, int number) {
    List<Integer> failed = new ArrayList<>();
    for (Member member : members.all()) {
      Part part = member.part();
      if (part == null) {
        continue;
      }
      try {
        for (int zone : part.failedZones(from, number)) {
          if (member.follows().get(zone)) {
            failed.add(zone);
          }
        }
      } catch (IOException e) {
        dropUnlessShort(member, part, e);
      }
    }
    return failed;
  }

  /** Who asks for zones learns nothing of it: the next change or flush fails if that cannot be. */
  private void dropUnlessShort(Member member, Part part, IOException failure) {
    try {
      DeviceException.rethrowShortage(failure);
      members.drop(member, part, failure);
    } catch (IOException e) {
      LOG.warn("{} stays a member of the mirror", member.source().name(), e);
    }
  }

  @Override
  public void write(int zone, long offsetBytes, ByteBuffer[] sources) throws IOException {
    count.increment();
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

  /** As {@link #finish}, before there is an active resource for the zone of the label. */
  void finishExcess(int zone) throws IOException {
    accesses.run(members.following(zone), true, part -> part.finish(zone), member -> true, zone);
  }

  @Override
  public void reset(int zone, SoftwareZoneStates states, Emptying emptying) throws IOException {
    ZoneCondition condition = states.state(zone).condition();
    if (condition.isActive() || condition == ZoneCondition.FULL) {
      members.use();
      members.noteReset(zone);
      try {
        change(zone, true, part -> part.reset(zone));
        members.all().forEach(member -> member.differing().set(zone, false));
        scattered.set(zone, false);
      } finally {
        // A member may have left before it was to take part.
        members.noteReset(zone);
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

  /** Notes, before the first read, who has what the first member lacks of a zone. */
  void noteRest(int zone, long fromBytes, Seat seat) {
    rests.put(zone, new Rest(fromBytes, seat));
  }

  /** Whether no member can give all of a zone, so that it stays as it is until it is reset. */
  boolean isScattered(int zone) {
    return scattered.get(zone);
  }

  /** Notes that no member can give all of a zone: what one cannot read, others may have. */
  void noteScattered(int zone) {
    scattered.set(zone, true);
  }

  /** Brings the write pointers of the members together. */
  ZoneLeveler leveler() {
    return leveler;
  }

  /** Number of reads and writes so far. */
  long accesses() {
    return count.sum();
  }

  void flushMembers() throws IOException {
    resets.flush(
        () -> {
          // First: what it covers was written before the members are looked at.
          ZoneBits covered = members.unflushed().begin();
          boolean flushed = false;
          try {
            List<Seat> all = new ArrayList<>();
            for (Member member : members.all()) {
              Part part = member.part();
              if (part != null && (part.needsFlush() || member.isCurrent())) {
                all.add(new Seat(member, part));
              }
            }
            accesses.run(all, true, Part::flush, Member::isCurrent, -1);
            flushed = true;
          } finally {
            members.unflushed().end(covered, flushed);
          }
          members.settle();
        });
  }

  @Override
  public void close() throws IOException {
    threads.close();
    members.close();
  }

  private void change(int zone, boolean parallel, MemberAccesses.OfPart access) throws IOException {
    members.use();
    members.unflushed().note(zone);
    List<Seat> following = members.following(zone);
    try {
      accesses.run(following, parallel, access, member -> true, zone);
    } finally {
      members.unflushed().note(zone);
      for (Seat seat : following) {
        if (!seat.isTaken()) {
          // A flush in between has forgotten the change before the member left.
          members.noteMissed(zone);
        }
      }
    }
  }

  @Override
  public SoftwareZoneState settle(int zone, SoftwareZoneState known) throws IOException {
    if (scattered.get(zone)) {
      return known;
    }
    SoftwareZoneState found = leveler.level(zone, known);
    boolean staysOpen = found.condition() == ZoneCondition.CLOSED && known.condition().isActive();
    return staysOpen ? found.as(known.condition()) : found;
  }
}
