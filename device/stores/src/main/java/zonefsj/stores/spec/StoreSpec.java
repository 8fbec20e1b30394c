// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.spec;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.RetryingStore;
import zonefsj.stores.zones.OwnerIdentity;
import zonefsj.stores.zones.StoreShape;
import zonefsj.stores.zones.StoreZonedDevice;

/** A drive on a store. An implementation knows how to reach the store. */
public interface StoreSpec extends DeviceSpec {
  /** Requests at once: a store answers many as fast as one. */
  int REQUESTS = 16;

  /** Two objects, one that is read and one that is put. */
  long MERGED_BYTES = 16L << 20;

  /** Whoever opens a drive is told after so long that the store does not answer. */
  long FIRST_ANSWER_MILLIS = 15_000;

  /** For a drive of some TB. */
  long UNKNOWN_BYTES = 160L << 20;

  /** What was said of it. */
  StoreOptions options();

  /** Reaches the store; nothing is repeated yet. */
  ObjectStore connect(boolean readOnly) throws IOException;

  @Override
  default List<DeviceSpec> parts() {
    return List.of();
  }

  /** A drive that is not there yet is in memory. */
  @Override
  default DeviceSpec forTrial(List<DeviceSpec> parts) {
    return new StoreTrialSpec(this);
  }

  @Override
  default long memoryBytes() {
    return MERGED_BYTES + options().limits().heapBytes();
  }

  @Override
  default boolean takeOver() {
    options().takeover().set(true);
    return true;
  }

  @Override
  default boolean isClaimed() {
    return true;
  }

  /** Where the bytes of all zones are. */
  @Override
  default long indexBytes() {
    try (ObjectStore store = connect(true)) {
      Optional<StoreShape> shape = StoreZonedDevice.look(store);
      return shape.isPresent()
          ? shape.orElseThrow().heapBytes()
          : StoreShape.heapBytes(wanted(), store.maxObjectBytes());
    } catch (IOException later) {
      // Whoever opens the drive says why, or waits until it can.
      LoggerFactory.getLogger(StoreSpec.class).debug("{} does not answer now", this, later);
      return UNKNOWN_BYTES;
    }
  }

  @Override
  default long directMemoryBytes() {
    return options().limits().writeBytes();
  }

  @Override
  default ZonedDevice open(DeviceOpening opening) throws IOException {
    long limitMillis = options().limits().waitMillis();
    ObjectStore connection = connect(opening.isReadOnly());
    ObjectStore store = repeating(connection, limitMillis);
    boolean found = false;
    try {
      find(repeating(connection, Math.min(FIRST_ANSWER_MILLIS, limitMillis)), opening);
      found = true;
    } finally {
      if (!found) {
        store.close();
      }
    }
    StoreZonedDevice device =
        StoreZonedDevice.open(
            store,
            OwnerIdentity.ofThisProcess(InstantSource.system(), new SecureRandom()),
            new StoreZonedDevice.Options(
                opening.isReadOnly(),
                options().takeover().get(),
                options().limits().withPatience(!opening.isCopy()),
                REQUESTS,
                true,
                StoreZonedDevice.Thrift.USUAL));
    if (!opening.isReadOnly()) {
      // Once: a part of a mirror is opened again when it was lost, and then somebody else has it.
      options().takeover().set(false);
    }
    return device;
  }

  private static ObjectStore repeating(ObjectStore connection, long limitMillis) {
    return new RetryingStore(
        connection, new RetryingStore.Patience(50, 5000, limitMillis), new SecureRandom());
  }

  /** The zones of the drive that is to be made; empty if there is one. */
  default Optional<EmulatedGeometry> missing() throws IOException {
    try (ObjectStore store = connect(true)) {
      return StoreZonedDevice.look(store).isPresent() ? Optional.empty() : Optional.of(wanted());
    }
  }

  private EmulatedGeometry wanted() throws IOException {
    EmulatedGeometry wanted =
        options()
            .geometry()
            .orElseThrow(
                () ->
                    new DeviceSpecException(
                        this + " has no drive; to make one, give its size: size=100G"));
    StoreShape.requireFit(wanted);
    return wanted;
  }

  private void find(ObjectStore store, DeviceOpening opening) throws IOException {
    Optional<StoreShape> shape = StoreZonedDevice.look(store);
    Optional<EmulatedGeometry> wanted = options().geometry();
    if (shape.isPresent()) {
      EmulatedGeometry there = shape.orElseThrow().geometry();
      if (wanted.isPresent() && !wanted.orElseThrow().equals(there)) {
        throw new DeviceSpecException(
            this
                + ": the drive that is there has another size, or other zones; leave out the sizes"
                + " to use it, or give another directory or prefix to make another one");
      }
      return;
    }
    if (!opening.formats() || opening.creation() == Creation.NONE) {
      throw DeviceSpecException.ofNothing(
          this + " has no drive; 'zonefs-j mkfs' makes one with size=SIZE");
    }
    StoreZonedDevice.create(
        store, UUID.randomUUID(), wanted(), StoreZonedDevice.CHECKPOINT_ENTRIES);
  }
}
