// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.stores.FilterStore;
import zonefsj.stores.zones.OwnerIdentity;
import zonefsj.stores.zones.StoreZonedDevice;
import zonefsj.tests.stores.SimulatedStore;

/**
 * A place for a drive on a store. The store is away while it is dead: it answers no request, and
 * may have carried out the first one of these. A power loss is that of the host: what was put is
 * there. Thread-safe.
 */
final class StoreSlot extends LeafSlot {
  /** Tells all owners of all slots from each other. */
  private static final AtomicLong SEEDS = new AtomicLong();

  /** Longer than a run takes: what decides is that requests fail. */
  private static final long LIMIT_MILLIS = 300_000;

  private static final int CHECKPOINT_ENTRIES = 16;
  private static final int BLOCKS_OF_OBJECT = 16;

  private final EmulatedGeometry shape;
  private final Power power;
  private volatile SimulatedStore store;

  /** Whether the first request that has no answer is carried out. Guarded by this object. */
  private boolean carriesOut;

  StoreSlot(EmulatedGeometry shape, Power power) throws IOException {
    this.shape = shape;
    this.power = power;
    this.store = create();
  }

  private SimulatedStore create() throws IOException {
    SimulatedStore made =
        new SimulatedStore((long) BLOCKS_OF_OBJECT * shape.blockSizeBytes(), 1, 0);
    StoreZonedDevice.create(
        made.client(), new UUID(1, SEEDS.incrementAndGet()), shape, CHECKPOINT_ENTRIES);
    return made;
  }

  @Override
  synchronized void doom(long accesses) {
    super.doom(accesses);
    carriesOut = accesses % 2 == 0;
  }

  @Override
  void renew() throws IOException {
    store = create();
  }

  @Override
  boolean canLosePower() {
    return true;
  }

  @Override
  void cut(long seed) {
    // What was put is durable, and the rest was in the memory of the host.
  }

  @Override
  boolean isClaimed() {
    return true;
  }

  @Override
  ZonedDevice look() throws IOException {
    return StoreZonedDevice.open(store.client(), identity(), options(true));
  }

  @Override
  ZonedDevice open(DeviceAccess access) throws IOException {
    return new Socket(
        StoreZonedDevice.open(
            new Wire(store), identity(), options(access == DeviceAccess.READ_ONLY)));
  }

  private OwnerIdentity identity() {
    return new OwnerIdentity(
        "host",
        "machine/boot" + power.losses() + "/pids",
        1,
        1,
        InstantSource.system(),
        new SplittableRandom(SEEDS.incrementAndGet()));
  }

  private static StoreZonedDevice.Options options(boolean readOnly) {
    return new StoreZonedDevice.Options(
        readOnly,
        false,
        StoreZonedDevice.Limits.ofWrites(4 << 20, LIMIT_MILLIS),
        1,
        false,
        new StoreZonedDevice.Thrift(2048, 4, 2, 6));
  }

  private synchronized boolean takesOne() {
    boolean takes = carriesOut;
    carriesOut = false;
    return takes;
  }

  /** The way to the store. */
  private final class Wire extends FilterStore {
    private final int openedAfter = power.losses();
    private final SimulatedStore connected;

    Wire(SimulatedStore connected) {
      super(connected.client());
      this.connected = connected;
    }

    @Override
    public boolean putOwn(String name, ByteBuffer... sources) throws IOException {
      return putIfAbsent(name, sources);
    }

    @Override
    protected <T> T around(Request<T> request) throws IOException {
      power.check(openedAfter);
      if (connected != store) {
        throw new IOException("another store is there now");
      }
      try {
        check();
      } catch (DeviceException away) {
        if (takesOne()) {
          request.run();
        }
        throw new IOException("the store does not answer", away);
      }
      T result = request.run();
      power.check(openedAfter);
      return result;
    }
  }

  /** What a stack sees of the drive. */
  private final class Socket extends FilterZonedDevice {
    private final StoreZonedDevice drive;
    private final int openedAfter = power.losses();
    private boolean closed;

    Socket(StoreZonedDevice drive) {
      super(drive);
      this.drive = drive;
      count(1);
    }

    /** As the upkeep does it in the background. */
    @Override
    public void flush() throws IOException {
      super.flush();
      power.check(openedAfter);
      try {
        drive.doWork();
      } catch (IOException away) {
        drive.isPresent();
      }
    }

    @Override
    public synchronized void close() throws IOException {
      try {
        super.close();
      } finally {
        if (!closed) {
          closed = true;
          count(-1);
        }
      }
    }
  }
}
