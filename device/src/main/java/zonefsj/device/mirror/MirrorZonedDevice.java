// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.MediumPresence;
import zonefsj.device.MediumRoom;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.Part;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.software.SoftwareZonedDevice;
import zonefsj.device.software.ZoneStateMachine;
import zonefsj.device.spec.Creation;

/**
 * Drives that hold the same. The mirror goes on as long as one current member is left; a member
 * that fails is taken out, and brought up to date when its drive is back, or an empty one in its
 * place, while the mirror is in use.
 *
 * <p>The zones of a mirror are those of its members without the first two, which hold the label.
 * The limits of open and active zones are the strictest of the members; two active zones less, for
 * the zone of the label and the one that is copied to a member. Zones that only some members have
 * are not used; a mirror that may grow takes those that all have got since, with the first label.
 *
 * <p>Threading: as {@link SoftwareZonedDevice}. A change of at least 64 KiB, and a flush, use all
 * members at the same time. One daemon thread of each writable mirror brings members up to date.
 */
public final class MirrorZonedDevice extends SoftwareZonedDevice
    implements StackedDevice, MediumPresence, MediumRoom {
  private final MirrorMembers members;
  private final MirrorStorage storage;
  private final MirrorSync sync;
  private final boolean readOnly;
  private final boolean degraded;

  MirrorZonedDevice(
      DeviceGeometry geometry,
      ZoneStateMachine machine,
      MirrorMembers members,
      MirrorStorage storage,
      boolean readOnly,
      boolean degraded) {
    super(geometry, machine, storage, readOnly);
    this.degraded = degraded;
    this.members = members;
    this.storage = storage;
    this.readOnly = readOnly;
    this.sync = new MirrorSync(this, members, storage);
  }

  /**
   * Opens a mirror. Members that cannot be opened are missing; the others must contain a current
   * one.
   *
   * @param sources the members, in any order
   * @param readOnly whether the sources open their drives to be read only
   * @param creation whether drives that are no members may become some
   * @throws IOException with a one-line message if they are no mirror, or no current member is
   *     there
   */
  public static MirrorZonedDevice open(
      List<MemberSource> sources, boolean readOnly, Creation creation) throws IOException {
    return open(sources, readOnly, false, creation, false);
  }

  /**
   * As above.
   *
   * @param degraded whether what is there may be written, though a member that is missing may have
   *     newer data
   * @param grows whether it may get as many zones as its smallest member has now; then all members
   *     must be there, and their new zones empty
   */
  public static MirrorZonedDevice open(
      List<MemberSource> sources,
      boolean readOnly,
      boolean degraded,
      Creation creation,
      boolean grows)
      throws IOException {
    List<MemberSource> limited = LimitedSource.of(sources, readOnly, creation);
    MirrorZonedDevice mirror =
        new MirrorOpening(limited, readOnly, degraded, creation, grows).open();
    if (!readOnly) {
      mirror.sync.start();
    }
    return mirror;
  }

  /** The members, in the order of their labels. */
  public List<MemberState> members() {
    return members.states();
  }

  /** The mirrors among the drives on which any drive stands. */
  public static List<MirrorZonedDevice> in(ZonedDevice device) {
    List<MirrorZonedDevice> found = new ArrayList<>();
    if (device instanceof MirrorZonedDevice mirror) {
      found.add(mirror);
    }
    StackedDevice.below(device).forEach(below -> found.addAll(in(below)));
    return found;
  }

  /**
   * Lets go of a member: makes everything durable, takes the member out, and closes its drive. The
   * others go on. It comes back by {@link #admit}, or when its drive has been away and is there
   * again.
   *
   * @param name of the member, as {@link #members} has it
   * @return false if there is no such member
   * @throws IOException if the others do not have everything, or the mirror is only read
   */
  public boolean eject(String name) throws IOException, InterruptedException {
    for (Member member : members.all()) {
      if (member.source().name().equals(name)) {
        if (readOnly) {
          throw new IOException("a mirror that is only read keeps its members: unmount it");
        }
        // What only the cache of the member has would be missed, and copied again.
        flush();
        members.eject(member);
        sync.awaitClosed();
        return true;
      }
    }
    return false;
  }

  /** Takes members back that were ejected. */
  public void admit() {
    for (Member member : members.all()) {
      member.setEjected(false);
      member.forgetFailedReturns();
    }
    sync.lookSoon();
  }

  /**
   * Waits until every member that is there is current and in step, for tests and commands. A mirror
   * that is only read brings no member up to date, and does not wait.
   */
  public void awaitInStep() throws IOException, InterruptedException {
    if (!readOnly) {
      sync.awaitIdle();
    }
  }

  /** It does without members that are gone, but for the last current one. */
  @Override
  public boolean isPresent() {
    for (Member member : members.current()) {
      Part part = member.part();
      if (part == null || MediumPresence.ofAll(part.device())) {
        return true;
      }
    }
    return false;
  }

  /** It cannot do without the last current one. */
  @Override
  public String loss() {
    String first = "";
    for (Member member : members.current()) {
      Part part = member.part();
      String loss = part == null ? "" : MediumPresence.lossOf(part.device());
      if (loss.isEmpty()) {
        return "";
      }
      first = first.isEmpty() ? loss : first;
    }
    return first;
  }

  /** For how long none of the current members has answered, in milliseconds. */
  long silentMillis() {
    long least = Long.MAX_VALUE;
    for (Member member : members.current()) {
      Part part = member.part();
      least = part == null ? least : Math.min(least, MemberSilence.millisOf(part.device()));
    }
    return least == Long.MAX_VALUE ? 0 : least;
  }

  @Override
  public String mayBeOlderThan() {
    return degraded
        ? ""
        : members.all().stream()
            .filter(member -> member.part() == null && members.wasCurrent(member))
            .map(member -> member.source().name())
            .collect(Collectors.joining(", "));
  }

  @Override
  public String kind() {
    return "mirror";
  }

  @Override
  public List<Below> below() {
    List<Below> below = new ArrayList<>();
    for (Member member : members.all()) {
      Part part = member.part();
      MemberState state = member.state();
      below.add(new Below(state.name(), state.words(), part == null ? null : part.device()));
    }
    return below;
  }

  /** As many as the smallest member has room for, if all are there. */
  @Override
  public int zonesOfMedium() {
    int now = geometry().zoneCount();
    int least = Integer.MAX_VALUE;
    for (Member member : members.all()) {
      Part part = member.part();
      if (part == null) {
        return now;
      }
      least = Math.min(least, MediumRoom.of(part.device()) - MirrorLabels.ZONES);
    }
    return Math.max(now, least);
  }

  /** Closes all members, and notes that those that are current have everything. */
  @Override
  public void close() throws IOException {
    boolean first = sync.stop();
    try {
      if (first && !readOnly) {
        markClosed();
      }
    } finally {
      super.close();
    }
  }

  private void markClosed() throws IOException {
    storage.flushMembers();
    members.markClosed();
  }

  SoftwareZoneState zoneState(int zone) {
    return stateOf(zone);
  }

  /** Lets a zone be read only until the mirror is opened again; called within {@link #inZone}. */
  void makeReadOnly(int zone) throws IOException {
    if (stateOf(zone).condition() != ZoneCondition.NOT_WRITE_POINTER) {
      wearHeld(zone, ZoneCondition.READ_ONLY);
    }
  }

  void inZone(int zone, Access access) throws IOException {
    whileUnchanged(zone, access::run);
  }

  /** An access of the members while the lock of a zone is held. */
  @FunctionalInterface
  interface Access {
    void run() throws IOException;
  }
}
