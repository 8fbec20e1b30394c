// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneJudge;
import zonefsj.device.software.SoftwareZoneState;

/**
 * Zones side by side: zone n consists of the zones n of all parts.
 *
 * <p>After a crash the write pointers of the parts need not fit together, because each drive has
 * lost its unflushed data alone. The pointer of the zone is then the least one that covers what
 * every part has; where a part has less than its share of that, zeros take the place of the lost
 * data. These bytes were written after the last flush, so nobody relies on them. The same holds for
 * the bytes of a write that has failed.
 *
 * <p>If a part loses bytes of earlier writes while the drive is in use, a later flush would seem to
 * cover them. The pointer of the zone then goes back to the first byte that is lost. Other parts
 * cannot go back, so such a zone takes no more writes until it is reset; it can be finished. When
 * the drive is opened again, it is a zone after a crash.
 *
 * <p>A reset begins with part 0, and goes on when that is durable: a zone that is empty on part 0
 * is empty, whatever the others have. The same holds if data were lost, because every zone begins
 * on part 0.
 */
final class StripedStorage extends ZonesOfParts {
  private static final Logger LOG = LoggerFactory.getLogger(StripedStorage.class);

  /** Shorter accesses are faster one after the other than by several threads. */
  private static final long LEAST_PARALLEL_BYTES = 128 << 10;

  private final StripeLayout layout;
  private final boolean readOnly;

  /** Zones whose pointer went back, and that are longer on a part. */
  private final Set<Integer> torn = ConcurrentHashMap.newKeySet();

  /**
   * @param readOnly whether the parts were opened to be read only
   */
  StripedStorage(ComposedParts parts, StripeLayout layout, boolean readOnly) {
    super(parts);
    this.layout = layout;
    this.readOnly = readOnly;
  }

  @Override
  public void read(int zone, long offsetBytes, ByteBuffer destination) throws IOException {
    read(zone, offsetBytes, destination, Part::read);
  }

  @Override
  public void readCopy(int copy, int zone, long offsetBytes, ByteBuffer destination)
      throws IOException {
    read(
        zone,
        offsetBytes,
        destination,
        (part, ofPart, at, slice) -> part.readCopy(copy, ofPart, at, slice));
  }

  @Override
  public void noteWrong(int copy, int zone, long offsetBytes) {
    parts.get(layout.partOf(offsetBytes)).noteWrong(copy, zone, layout.onPart(offsetBytes));
  }

  /** A part alone has only pieces of what the judge knows. */
  @Override
  public void judgeBy(ZoneJudge judge) {
    for (int part = 0; part < layout.parts(); part++) {
      parts.get(part).judgeBy(ZoneJudge.NONE);
    }
  }

  private void read(int zone, long offsetBytes, ByteBuffer destination, PartRead read)
      throws IOException {
    int length = destination.remaining();
    if (length <= layout.leftInChunkBytes(offsetBytes)) {
      Part part = parts.get(layout.partOf(offsetBytes));
      read.run(part, zone, layout.onPart(offsetBytes), destination);
      return;
    }
    StripeSlices slices = new StripeSlices(layout, offsetBytes, destination);
    access(length, slices, part -> readSlices(zone, part, slices, read));
    destination.position(destination.limit());
  }

  private void readSlices(int zone, int part, StripeSlices slices, PartRead read)
      throws IOException {
    long at = slices.firstOnPart(part);
    for (ByteBuffer slice : slices.of(part)) {
      int length = slice.remaining();
      read.run(parts.get(part), zone, at, slice);
      at += length;
    }
  }

  @Override
  public List<Integer> failedZones(int from, int count) {
    List<Integer> failed = new ArrayList<>();
    for (int part = 0; part < layout.parts(); part++) {
      failed.addAll(parts.get(part).knownFailedZones(from, count));
    }
    return failed;
  }

  @Override
  public void write(int zone, long offsetBytes, ByteBuffer[] sources) throws IOException {
    if (!torn.isEmpty() && torn.contains(zone)) {
      throw new DeviceException(
          Reason.MEDIA,
          zone,
          "a part has lost data of zone " + zone + ", so it must be reset first");
    }
    resets.await(zone, parts::flush);
    long length = AccessRules.totalBytes(sources);
    if (length <= layout.leftInChunkBytes(offsetBytes)) {
      parts.get(layout.partOf(offsetBytes)).write(zone, layout.onPart(offsetBytes), sources);
      return;
    }
    StripeSlices slices = new StripeSlices(layout, offsetBytes, sources);
    access(
        length,
        slices,
        part ->
            parts
                .get(part)
                .write(zone, slices.firstOnPart(part), slices.of(part).toArray(ByteBuffer[]::new)));
    for (ByteBuffer source : sources) {
      source.position(source.limit());
    }
  }

  /** Accesses the parts that have slices: several at the same time if that is worth a thread. */
  private void access(long lengthBytes, StripeSlices slices, PartAccess access) throws IOException {
    List<PartThreads.Access> accesses = new ArrayList<>(layout.parts());
    for (int part = 0; part < layout.parts(); part++) {
      if (slices.of(part).isEmpty()) {
        continue;
      }
      int number = part;
      if (lengthBytes < LEAST_PARALLEL_BYTES) {
        access.run(number);
      } else {
        accesses.add(() -> access.run(number));
      }
    }
    parts.threads().runAll(accesses);
  }

  @Override
  public void finish(int zone) throws IOException {
    resets.await(zone, parts::flush);
    for (int part = 0; part < layout.parts(); part++) {
      parts.get(part).finish(zone);
    }
  }

  @Override
  void resetParts(int zone) throws IOException {
    try {
      parts.get(0).reset(zone);
      parts.get(0).flush();
      resetOthers(zone);
    } finally {
      resets.note(zone);
    }
  }

  private void resetOthers(int zone) throws IOException {
    for (int part = 1; part < layout.parts(); part++) {
      parts.get(part).reset(zone);
    }
    torn.remove(zone);
  }

  @Override
  public SoftwareZoneState settle(int zone, SoftwareZoneState known) throws IOException {
    List<ZoneDescriptor> zones = report(zone);
    if (readOnly) {
      return stateOf(zones);
    }
    SoftwareZoneState found = hasLost(zone, zones, known) ? back(zone, zones) : level(zone, zones);
    if (found.condition() == ZoneCondition.READ_ONLY) {
      // What has failed may have been a write that took earlier ones with it.
      zones = report(zone);
      found = hasLost(zone, zones, known) ? back(zone, zones) : found;
    }
    boolean staysOpen = found.condition() == ZoneCondition.CLOSED && known.condition().isActive();
    return staysOpen ? found.as(known.condition()) : found;
  }

  /** Brings a zone to the same state on all parts, after a crash. */
  SoftwareZoneState level(int zone) throws IOException {
    return level(zone, report(zone));
  }

  private List<ZoneDescriptor> report(int zone) throws IOException {
    List<ZoneDescriptor> zones = new ArrayList<>();
    for (int part = 0; part < layout.parts(); part++) {
      zones.add(parts.get(part).report(zone));
    }
    return zones;
  }

  private SoftwareZoneState level(int zone, List<ZoneDescriptor> zones) throws IOException {
    SoftwareZoneState found = stateOf(zones);
    try {
      switch (found.condition()) {
        case EMPTY -> {
          try {
            resetOthers(zone);
          } finally {
            resets.note(zone);
          }
        }
        case FULL -> finish(zone);
        case IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED -> align(zone, zones, found.pointerBytes());
        case NOT_WRITE_POINTER, READ_ONLY, OFFLINE -> {}
      }
    } catch (IOException e) {
      DeviceException.rethrowInconclusive(e);
      LOG.warn("zone {} cannot be written any more", zone, e);
      return found.as(ZoneCondition.READ_ONLY);
    }
    return found;
  }

  /**
   * Whether a part has less than its share of what was written before the change that has failed.
   * One that is empty on part 0 has lost everything, or was reset; it is empty either way.
   */
  private boolean hasLost(int zone, List<ZoneDescriptor> zones, SoftwareZoneState known) {
    ZoneCondition condition = known.condition();
    boolean hadPointer = condition.isActive() || condition == ZoneCondition.FULL;
    if (!hadPointer
        || zones.get(0).condition() == ZoneCondition.EMPTY
        || !zones.stream().allMatch(ZoneDescriptor::hasWritePointer)) {
      return false;
    }
    if (torn.contains(zone)) {
      return true;
    }
    for (int part = 0; part < zones.size(); part++) {
      if (zones.get(part).writtenBytes() < layout.shareBytes(part, known.writtenBytes())) {
        return true;
      }
    }
    return false;
  }

  /** The state of a zone that ends with what no part has lost. Changes nothing on the parts. */
  private SoftwareZoneState back(int zone, List<ZoneDescriptor> zones) {
    long pointer = Long.MAX_VALUE;
    for (int part = 0; part < zones.size(); part++) {
      pointer = Math.min(pointer, layout.offsetBytes(part, zones.get(part).writtenBytes()));
    }
    SoftwareZoneState state = atPointer(pointer, capacityBytes(zones));
    if (isUneven(zones, state) && torn.add(zone)) {
      LOG.warn("zone {}: a part has lost data from byte {} of the zone on", zone, pointer);
    }
    return state;
  }

  /** Whether the write pointers of the parts do not fit to the state of the zone. */
  boolean isUneven(List<ZoneDescriptor> zones, SoftwareZoneState state) {
    if (state.condition() == ZoneCondition.EMPTY) {
      return zones.stream().anyMatch(zone -> zone.condition() != ZoneCondition.EMPTY);
    }
    if (!state.condition().isActive() && state.condition() != ZoneCondition.FULL) {
      return false;
    }
    for (int part = 0; part < zones.size(); part++) {
      if (zones.get(part).writtenBytes() != layout.shareBytes(part, state.pointerBytes())) {
        return true;
      }
    }
    return false;
  }

  /** The state of a zone that consists of these zones of the parts. */
  SoftwareZoneState stateOf(List<ZoneDescriptor> zones) {
    ZoneDescriptor first = zones.get(0);
    long capacity = capacityBytes(zones);
    for (ZoneCondition failed :
        new ZoneCondition[] {ZoneCondition.OFFLINE, ZoneCondition.READ_ONLY}) {
      if (zones.stream().anyMatch(zone -> zone.condition() == failed)) {
        return new SoftwareZoneState(failed, capacity, capacity, 0);
      }
    }
    if (first.condition() == ZoneCondition.NOT_WRITE_POINTER) {
      return SoftwareZoneState.conventional(capacity);
    }
    if (first.condition() == ZoneCondition.EMPTY) {
      return SoftwareZoneState.EMPTY;
    }
    long pointer = 0;
    for (int part = 0; part < zones.size(); part++) {
      pointer = Math.max(pointer, layout.lengthBytes(part, zones.get(part).writtenBytes()));
    }
    return atPointer(pointer, capacity);
  }

  private static long capacityBytes(List<ZoneDescriptor> zones) {
    return zones.get(0).capacityBytes() * zones.size();
  }

  private static SoftwareZoneState atPointer(long pointerBytes, long capacityBytes) {
    boolean isFull = pointerBytes == capacityBytes;
    ZoneCondition condition = isFull ? ZoneCondition.FULL : ZoneCondition.CLOSED;
    return new SoftwareZoneState(condition, pointerBytes, pointerBytes, 0);
  }

  /** Gives every part its share of a zone. */
  private void align(int zone, List<ZoneDescriptor> zones, long pointerBytes) throws IOException {
    for (int part = 0; part < zones.size(); part++) {
      long has = zones.get(part).writtenBytes();
      long share = layout.shareBytes(part, pointerBytes);
      if (has < share) {
        parts.get(part).pad(zone, has, share);
      }
    }
  }

  /** One access of one part. */
  @FunctionalInterface
  private interface PartAccess {
    void run(int part) throws IOException;
  }

  /** One read from a zone of a part. */
  @FunctionalInterface
  private interface PartRead {
    void run(Part part, int zone, long offsetBytes, ByteBuffer destination) throws IOException;
  }
}
