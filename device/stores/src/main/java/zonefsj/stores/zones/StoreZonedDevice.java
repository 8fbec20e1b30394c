// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import zonefsj.device.MediumPresence;
import zonefsj.device.PatientDevice;
import zonefsj.device.StackedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.software.SoftwareZonedDevice;
import zonefsj.device.software.ZoneStateMachine;
import zonefsj.stores.CountingStore;
import zonefsj.stores.ObjectStore;

/**
 * A drive whose zones are on a store of objects.
 *
 * <p>Threading: as {@link SoftwareZonedDevice}; a few daemon threads wait for the store, and one
 * looks after its objects.
 */
public final class StoreZonedDevice extends SoftwareZonedDevice
    implements MediumPresence, StackedDevice, PatientDevice {

  /** Usual number of flushes between two checkpoints. */
  public static final int CHECKPOINT_ENTRIES = 512;

  /** A put may take so long. */
  private static final long TOLD_MILLIS = 5000;

  private final CountingStore store;
  private final StoreLog log;
  private final StoreUpkeep upkeep;
  private final StorePatience patience;

  private StoreZonedDevice(
      StoreShape shape,
      CountingStore store,
      StoreLog log,
      ZoneStateMachine machine,
      StoreZones zones,
      StoreUpkeep upkeep,
      StorePatience patience,
      boolean readOnly) {
    super(shape.geometry().toDeviceGeometry(store.toString()), machine, zones, readOnly);
    this.store = store;
    this.log = log;
    this.upkeep = upkeep;
    this.patience = patience;
  }

  /**
   * How a drive is opened.
   *
   * @param readOnly whether every change is refused; nobody else is kept from the drive then
   * @param takeover whether an owner that has not closed the drive loses it
   * @param limits of memory and time
   * @param requests number of requests at once
   * @param background whether threads work; without them {@link #doWork} does
   * @param thrift how few objects there are
   */
  public record Options(
      boolean readOnly,
      boolean takeover,
      Limits limits,
      int requests,
      boolean background,
      Thrift thrift) {}

  /**
   * Limits of memory and time.
   *
   * @param writeBytes memory for bytes that are not in the store yet
   * @param readBytes memory for what is fetched before it is read; 0 if nothing is
   * @param waitMillis after so long a write or flush fails
   * @param keepMillis for so long stay objects that nothing refers to any more: whoever opened the
   *     drive to read may still read them
   * @param patient whether writes and flushes wait longer if the store is away, from {@link
   *     #beginPatience} on
   */
  public record Limits(
      long writeBytes, long readBytes, long waitMillis, long keepMillis, boolean patient) {
    /** Those of a drive that is not patient. */
    public Limits(long writeBytes, long readBytes, long waitMillis, long keepMillis) {
      this(writeBytes, readBytes, waitMillis, keepMillis, false);
    }

    /** The same limits with another patience. */
    public Limits withPatience(boolean other) {
      return new Limits(writeBytes, readBytes, waitMillis, keepMillis, other);
    }

    /** What they need of the heap. */
    public long heapBytes() {
      return readBytes + (keepMillis > 0 ? DeadObjects.MOST_BYTES : 0);
    }

    /** Nothing is fetched ahead, and nothing kept. */
    public static Limits ofWrites(long writeBytes, long waitMillis) {
      return new Limits(writeBytes, 0, waitMillis, 0);
    }
  }

  /**
   * How few objects there are.
   *
   * @param inlineBytes fewer bytes of a zone are flushed without an object of their own
   * @param merged so many small objects of a zone become one
   * @param mergedOfFull as many of a zone that takes no more bytes
   * @param most so many small objects of a zone at least are there before a flush merges them
   */
  public record Thrift(int inlineBytes, int merged, int mergedOfFull, int most) {
    /** What a mount uses. */
    public static final Thrift USUAL = new Thrift(64 << 10, 32, 4, PieceLimits.SMALL);
  }

  /**
   * Whether a store has a drive.
   *
   * @throws IOException if it has something else
   */
  public static Optional<StoreShape> look(ObjectStore store) throws IOException {
    Optional<ByteBuffer> object = store.get(StoreShape.NAME, StoreShape.MOST_BYTES);
    return object.isPresent()
        ? Optional.of(StoreShape.decode(object.orElseThrow()))
        : Optional.empty();
  }

  /**
   * Makes a new drive with empty zones on a store that has none.
   *
   * @param checkpointEntries so many flushes are between two checkpoints
   */
  public static void create(
      ObjectStore store, UUID drive, EmulatedGeometry geometry, int checkpointEntries)
      throws IOException {
    if (geometry.conventionalZones() > 0) {
      throw new StoreFormatException(store + ": objects do not change, so no zone is conventional");
    }
    StoreShape shape =
        new StoreShape(
                drive,
                geometry,
                Math.min(store.maxObjectBytes(), StoreShape.MOST_OBJECT_BYTES),
                checkpointEntries)
            .checked();
    PieceLimits.requireFit(geometry, shape.objectBytes());
    if (!store.putIfAbsent(StoreShape.NAME, shape.encode())) {
      throw new StoreFormatException(store + " has a drive already");
    }
  }

  /**
   * Opens a drive.
   *
   * @param opened owned from now on
   * @param identity who opens it
   * @throws StoreInUseException if somebody else has opened it to write
   */
  public static StoreZonedDevice open(ObjectStore opened, OwnerIdentity identity, Options options)
      throws IOException {
    StoreThreads threads =
        options.background() ? StoreThreads.of(options.requests()) : StoreThreads.none();
    // What waits for a thread is not counted: a slow store has many such requests.
    CountingStore counting = new CountingStore(opened);
    ObjectStore store = new ThreadedStore(counting, threads);
    StoreZonedDevice device = null;
    List<Owner> made = new ArrayList<>();
    try {
      StoreShape shape =
          look(store)
              .orElseThrow(() -> new StoreFormatException(store + " has no drive of zonefs-j"));
      StoreOpening opening = new StoreOpening(store, shape, threads);
      StoreOpening.Yielding yields =
          new StoreOpening.Yielding() {
            @Override
            public boolean hasEnded(Owner owner) throws IOException {
              if (identity.isRunning(owner)) {
                throw StoreInUseException.ofRunning(store.toString(), owner);
              }
              return identity.hasEnded(owner);
            }

            @Override
            public boolean isGone(Owner owner) throws IOException {
              return identity.isGone(owner);
            }

            @Override
            public boolean isTakenOver() {
              return options.takeover();
            }
          };
      StoreOpening.OwnerMaker maker =
          epoch -> {
            Owner owner = identity.owner(epoch);
            made.add(owner);
            OwnerIdentity.remember(owner);
            return owner;
          };
      ZoneTable table = options.readOnly() ? opening.read() : opening.claim(maker, yields);
      if (!options.readOnly()) {
        store.deleteLeftovers();
      }
      device = assemble(counting, store, shape, threads, table, options);
      made.removeIf(owner -> owner.isSame(table.owner()));
      return device;
    } finally {
      // All but the one that counts.
      made.forEach(OwnerIdentity::forget);
      if (device == null) {
        store.close();
        threads.close();
      }
    }
  }

  private static StoreZonedDevice assemble(
      CountingStore counting,
      ObjectStore store,
      StoreShape shape,
      StoreThreads threads,
      ZoneTable table,
      Options options)
      throws StoreFormatException {
    EmulatedGeometry geometry = shape.geometry();
    List<SoftwareZoneState> states = new ArrayList<>(table.zoneCount());
    for (int zone = 0; zone < table.zoneCount(); zone++) {
      long written = table.zone(zone).writtenBytes();
      if (written > geometry.capacityOfBytes(zone) || written % geometry.blockSizeBytes() != 0) {
        throw new StoreFormatException(
            store + ": zone " + zone + " cannot have " + written + " bytes");
      }
      states.add(table.zone(zone).state(geometry.capacityOfBytes(zone)));
    }
    ZoneContent[] contents = new ZoneContent[table.zoneCount()];
    AtomicLong count = new AtomicLong();
    for (int zone = 0; zone < contents.length; zone++) {
      contents[zone] = new ZoneContent(table.zone(zone), count);
    }
    ZoneChanges changes = new ZoneChanges();
    StorePatience patience =
        new StorePatience(
            store,
            options.limits().waitMillis(),
            options.limits().patient() && !options.readOnly());
    StoreLog log = new StoreLog(store, shape, table, patience);
    StoreUpkeep upkeep =
        new StoreUpkeep(store, shape, log, contents, count, changes, threads, options);
    StoreZones zones =
        new StoreZones(
            store,
            shape,
            options.thrift().inlineBytes(),
            log,
            contents,
            changes,
            threads,
            new ChunkPool(options.limits().writeBytes(), patience),
            options.limits().readBytes(),
            upkeep,
            patience,
            !options.readOnly());
    StoreZonedDevice device =
        new StoreZonedDevice(
            shape,
            counting,
            log,
            new ZoneStateMachine(geometry, states),
            zones,
            upkeep,
            patience,
            options.readOnly());
    if (!options.readOnly() && options.background()) {
      upkeep.start();
    }
    return device;
  }

  /**
   * Deletes, merges or writes a checkpoint: one piece of work.
   *
   * @return whether there was one
   */
  public boolean doWork() throws IOException {
    return upkeep.doWork();
  }

  /** Number of pieces of all zones in the log. */
  long pieceCount() {
    return log.pieceCount();
  }

  @Override
  public boolean isPresent() {
    return log.loss().isEmpty();
  }

  @Override
  public String loss() {
    return log.loss();
  }

  @Override
  public String kind() {
    return store.toString();
  }

  @Override
  public String state() {
    long stalled = patience.stalledMillis();
    // From the limit on, requests fail for this reason.
    boolean isTold = stalled > 0 && stalled >= Math.min(TOLD_MILLIS, patience.limitMillis());
    return (isTold ? "has taken nothing for " + stalled / 1000 + " s; " : "") + store.words();
  }

  @Override
  public void beginPatience() {
    patience.begin();
  }

  @Override
  public boolean isPatient() {
    return patience.lasts();
  }

  @Override
  public long stalledMillis() {
    return patience.stalledMillis();
  }

  @Override
  public long silentMillis() {
    return store.silentMillis(patience.limitMillis());
  }

  @Override
  public long limitMillis() {
    return patience.limitMillis();
  }

  @Override
  public void endPatience() {
    patience.end();
  }

  @Override
  public List<Below> below() {
    return List.of();
  }
}
