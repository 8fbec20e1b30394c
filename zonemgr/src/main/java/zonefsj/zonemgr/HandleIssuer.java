// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZonedDevice;
import zonefsj.zonemgr.ZoneState.Use;

/**
 * Issues every {@link ZoneHandle}. If a zone needs an active resource and the drive has none left,
 * it finishes an idle zone; if the finish fails, it tries the next one, and zones whose finish
 * failed before once more. If there is none, it waits for commands of other threads that may give
 * one back.
 *
 * <p>Thread-safe. No thread holds the lock during device I/O.
 */
final class HandleIssuer {
  private static final Logger LOG = LoggerFactory.getLogger(HandleIssuer.class);
  private static final int NONE = -1;

  private final ZonedDevice device;
  private final ZoneInventory inventory;
  private final ZoneTransitions transitions;
  private final int unitBytes;
  private final WrittenBytes written = new WrittenBytes();

  /**
   * What a request for a zone comes to.
   *
   * @param handle of the zone that is handed out; null if there is none
   * @param lacksActiveResource whether there would be one, if another zone were finished
   */
  private record Attempt(@Nullable ZoneHandle handle, boolean lacksActiveResource) {
    static final Attempt REFUSED = new Attempt(null, false);
    static final Attempt LACKS_ACTIVE_RESOURCE = new Attempt(null, true);
  }

  /** A request for a zone, made under the lock. */
  @FunctionalInterface
  private interface Request {
    /**
     * @param anyway whether the drive's limit of active zones counts, not that of this mount
     */
    Attempt make(boolean anyway) throws IOException;
  }

  /**
   * @param unitBytes frame unit
   */
  HandleIssuer(
      ZonedDevice device, ZoneInventory inventory, ZoneTransitions transitions, int unitBytes) {
    this.device = device;
    this.inventory = inventory;
    this.transitions = transitions;
    this.unitBytes = unitBytes;
  }

  /**
   * Issues a partly written zone of file data if there is one, else a free zone.
   *
   * @param mayUseReserve whether the zone may come from the collector's reserve
   * @return empty if the stream may take no free zone, or no active resource can be released
   * @throws IOException if the drive failed
   */
  Optional<ZoneHandle> issue(ZoneStream stream, boolean mayUseReserve) throws IOException {
    return firstWithRoom(
        anyway ->
            request(
                stream,
                mayUseReserve
                    ? inventory.reserves.minFreeUsingReserve(stream)
                    : inventory.reserves.minFreeFor(stream),
                anyway));
  }

  /** See {@link ZoneAllocator#allocateForImage}. */
  Optional<ZoneHandle> issueForImage() throws IOException {
    return firstWithRoom(
        anyway -> request(ZoneStream.CHECKPOINT, inventory.reserves.minFreeForImage(), anyway));
  }

  /**
   * Issues a partly written zone of file data, never a free one.
   *
   * @return empty if there is none
   * @throws IOException if the drive failed
   */
  Optional<ZoneHandle> resume(ZoneStream stream) throws IOException {
    return firstWithRoom(anyway -> requestPartial(stream));
  }

  /**
   * Issues a given zone: a zone of the superblock log, or a free zone for it.
   *
   * @throws IOException if the zone cannot take an append
   */
  ZoneHandle open(int index, ZoneStream stream) throws IOException {
    ZoneHandle handle = issue(anyway -> request(index, stream, anyway));
    if (handle == null) {
      throw new IOException(
          "zone " + index + " cannot be opened: all active zones of the drive are in use");
    }
    endTornFrame(handle);
    return handle;
  }

  /** Bytes that were appended through the handles of a stream. Takes no lock. */
  long writtenBytes(ZoneStream stream) {
    return written.of(stream).sum();
  }

  private Optional<ZoneHandle> firstWithRoom(Request request) throws IOException {
    while (true) {
      ZoneHandle handle = issue(request);
      if (handle == null) {
        return Optional.empty();
      }
      endTornFrame(handle);
      if (handle.remainingBytes() >= unitBytes) {
        return Optional.of(handle);
      }
      // The padding filled the zone.
      handle.close();
    }
  }

  private static void endTornFrame(ZoneHandle handle) {
    try {
      handle.endTornFrame();
    } catch (IOException poisoned) {
      // The handle is poisoned: the zone is finished, or tried once more.
      LOG.warn("zone {} cannot be filled up to where a frame begins", handle.zone(), poisoned);
    }
  }

  /** Makes a request, and finishes zones until it has an active resource; null: refused. */
  private @Nullable ZoneHandle issue(Request request) throws IOException {
    int finishedAgain = NONE;
    while (true) {
      ManagedZone toFinish;
      inventory.lock();
      try {
        Attempt attempt = request.make(false);
        toFinish = toFinish(attempt, finishedAgain);
        while (toFinish == null
            && attempt.lacksActiveResource()
            && inventory.awaitActiveResource()) {
          attempt = request.make(false);
          toFinish = toFinish(attempt, finishedAgain);
        }
        if (toFinish == null) {
          return attempt.lacksActiveResource() ? request.make(true).handle() : attempt.handle();
        }
        finishedAgain = toFinish.finishFailed ? toFinish.index : finishedAgain;
        inventory.use(toFinish, Use.CHANGING);
      } finally {
        inventory.publishAndUnlock();
      }
      transitions.finish(toFinish);
    }
  }

  private @Nullable ManagedZone toFinish(Attempt attempt, int finishedAgain) {
    return attempt.lacksActiveResource() ? inventory.findToFinish(finishedAgain) : null;
  }

  /** Finishes zones until no more are active than this mount wants, or none can be finished. */
  void finishBeyondLimit() {
    int finishedAgain = NONE;
    while (true) {
      ManagedZone zone;
      inventory.lock();
      try {
        zone = inventory.exceedsWanted() ? inventory.findToFinish(finishedAgain) : null;
        if (zone == null) {
          return;
        }
        finishedAgain = zone.finishFailed ? zone.index : finishedAgain;
        inventory.use(zone, Use.CHANGING);
      } finally {
        inventory.publishAndUnlock();
      }
      transitions.finish(zone);
    }
  }

  private Attempt request(ZoneStream stream, int kept, boolean anyway) {
    if (stream.isData()) {
      Attempt partial = requestPartial(stream);
      if (partial.handle() != null) {
        return partial;
      }
    }
    if (inventory.freeZones() <= kept) {
      return Attempt.REFUSED;
    }
    if (!inventory.canActivateOne(anyway)) {
      return Attempt.LACKS_ACTIVE_RESOURCE;
    }
    ManagedZone zone = inventory.activateFree();
    inventory.reserves.taken(stream);
    return handOut(zone, stream);
  }

  private Attempt requestPartial(ZoneStream stream) {
    ManagedZone partial = inventory.findPartial(stream);
    return partial == null ? Attempt.REFUSED : handOut(partial, stream);
  }

  private Attempt request(int index, ZoneStream stream, boolean anyway) throws IOException {
    ManagedZone zone = inventory.zones[index];
    if (zone.use == Use.PARTIAL) {
      return handOut(zone, stream);
    }
    if (zone.use != Use.FREE) {
      throw new IOException("zone " + index + " cannot be written: it is " + zone.use);
    }
    if (!inventory.hasAnyActiveResource(anyway)) {
      // A crash can leave more partly written zones than a running mount has.
      return Attempt.LACKS_ACTIVE_RESOURCE;
    }
    inventory.activate(zone);
    return handOut(zone, stream);
  }

  private Attempt handOut(ManagedZone zone, ZoneStream stream) {
    inventory.use(zone, Use.HANDLE);
    inventory.serve(zone, stream);
    boolean mayBeTorn = zone.mayBeTorn && stream.isData();
    zone.mayBeTorn = false;
    return new Attempt(
        new ZoneHandle(
            transitions,
            device,
            stream,
            zone.index,
            new ZoneHandle.Bounds(
                zone.startBytes,
                zone.startBytes + zone.writtenBytes,
                zone.startBytes + zone.capacityBytes),
            written.of(stream),
            mayBeTorn),
        false);
  }
}
