// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.stores.FilterStore;
import zonefsj.stores.dir.DirectoryStore;

/** Whoever has closed a drive may delete its store, or open it again: no request comes later. */
class StoreCloseTest {
  private static final UUID DRIVE = new UUID(1, 2);
  private static final int BLOCK = 4096;
  private static final long SLOW_NANOS = 500_000_000;

  private static final EmulatedGeometry GEOMETRY =
      EmulatedGeometry.builder(1 << 20).zoneSizeBytes(1 << 17).zoneCapacityBytes(1 << 16).build();

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path root;

  /** Deletes take their time. */
  private static final class SlowStore extends FilterStore {
    private final CountDownLatch begun = new CountDownLatch(1);
    private final AtomicBoolean ended = new AtomicBoolean();

    SlowStore(Path root) throws IOException {
      super(DirectoryStore.open(root, false));
    }

    @Override
    protected <T> T around(Request<T> request) throws IOException {
      return request.run();
    }

    @Override
    public void delete(String name) throws IOException {
      begun.countDown();
      LockSupport.parkNanos(SLOW_NANOS);
      super.delete(name);
      ended.set(true);
    }
  }

  @Test
  void aCloseWaitsForWhatIsDoneBesides() throws Exception {
    SlowStore store = new SlowStore(root);
    StoreZonedDevice.create(store, DRIVE, GEOMETRY, 4);
    StoreZonedDevice drive =
        StoreZonedDevice.open(
            store,
            OwnerIdentity.ofThisProcess(InstantSource.system(), new SplittableRandom(1)),
            new StoreZonedDevice.Options(
                false,
                false,
                StoreZonedDevice.Limits.ofWrites(4 << 20, 1000),
                4,
                true,
                new StoreZonedDevice.Thrift(0, 32, 4, 1000)));
    drive.append(0, ByteBuffer.allocateDirect(BLOCK));
    drive.flush();
    drive.reset(0);
    drive.flush();
    assertThat(store.begun.await(20, TimeUnit.SECONDS)).isTrue();
    drive.close();
    assertThat(store.ended).isTrue();
  }
}
