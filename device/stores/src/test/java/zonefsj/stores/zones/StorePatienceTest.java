// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceException;
import zonefsj.device.Patience;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.stores.FilterStore;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.RetryingStore;
import zonefsj.stores.dir.DirectoryStore;

/** A drive waits for a store that is away, and loses nothing. */
@Timeout(60)
class StorePatienceTest {
  private static final int BLOCK = 4096;
  private static final int ZONE = 4 << 20;
  private static final long LIMIT_MILLIS = 300;
  private static final long SOON_MILLIS = 2000;
  private static final EmulatedGeometry GEOMETRY =
      EmulatedGeometry.builder(16 << 20).zoneSizeBytes(ZONE).zoneCapacityBytes(ZONE).build();

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path root;

  private volatile boolean away;

  /** Whether it carries out what it does not answer. */
  private volatile boolean carriesOut;

  /** Whether the first object that it is asked for gets no answer. */
  private volatile boolean isOneAway;

  private final AtomicReference<@Nullable String> one = new AtomicReference<>();

  @SuppressWarnings("NullAway.Init") // set before each test
  private StoreZonedDevice drive;

  /** Answers no put while it is away. */
  private final class Flighty extends FilterStore {
    Flighty(ObjectStore store) {
      super(store);
    }

    @Override
    public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
      if (isOneAway && name.startsWith(ObjectId.DATA)) {
        one.compareAndSet(null, name);
        if (name.equals(one.get())) {
          throw new IOException("no answer for one");
        }
      }
      if (away && carriesOut) {
        super.putIfAbsent(name, sources);
      }
      failIfAway();
      return super.putIfAbsent(name, sources);
    }

    @Override
    public boolean putOwn(String name, ByteBuffer... sources) throws IOException {
      return putIfAbsent(name, sources);
    }

    private void failIfAway() throws IOException {
      if (away) {
        throw new IOException("no answer");
      }
    }

    @Override
    protected <T> T around(Request<T> request) throws IOException {
      return request.run();
    }
  }

  @BeforeEach
  void create() throws IOException {
    try (ObjectStore store = DirectoryStore.open(root, false)) {
      StoreZonedDevice.create(store, new UUID(1, 2), GEOMETRY, 512);
    }
    drive = open(true);
  }

  private StoreZonedDevice open(boolean patient) throws IOException {
    StoreZonedDevice opened =
        StoreZonedDevice.open(
            new RetryingStore(
                new Flighty(DirectoryStore.open(root, false)),
                new RetryingStore.Patience(5, 20, LIMIT_MILLIS),
                new SplittableRandom(1)),
            OwnerIdentity.ofThisProcess(InstantSource.system(), new SplittableRandom(1)),
            new StoreZonedDevice.Options(
                false,
                false,
                StoreZonedDevice.Limits.ofWrites(1 << 20, LIMIT_MILLIS).withPatience(patient),
                4,
                true,
                StoreZonedDevice.Thrift.USUAL));
    Patience.of(opened).begin();
    return opened;
  }

  @AfterEach
  void close() throws IOException {
    away = false;
    drive.close();
  }

  private static ByteBuffer bytes(int length, int seed) {
    byte[] content = new byte[length];
    new SplittableRandom(seed).nextBytes(content);
    return ByteBuffer.allocateDirect(length).put(content).flip();
  }

  private static FutureTask<Boolean> start(Step step) {
    FutureTask<Boolean> task =
        new FutureTask<>(
            () -> {
              step.run();
              return true;
            });
    Thread thread = new Thread(task, "writer");
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  /** Something that can wait. */
  private interface Step {
    void run() throws IOException;
  }

  private void requireContent(int length, int seed) throws IOException {
    drive.close();
    drive = open(true);
    ByteBuffer read = ByteBuffer.allocateDirect(length);
    drive.read(0, read);
    assertThat(read.flip()).isEqualTo(bytes(length, seed));
  }

  private void requireWaiting(FutureTask<Boolean> task) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(LIMIT_MILLIS + SOON_MILLIS);
    assertThat(task.isDone()).isFalse();
    assertThat(drive.stalledMillis()).isGreaterThan(LIMIT_MILLIS);
    assertThat(Patience.of(drive).isExhausted()).isTrue();
  }

  /**
   * Of which a part is in an object of its own, and then of one that is short enough for the log.
   */
  @Test
  void aFlushWaitsForTheStore() throws Exception {
    for (int length : new int[] {512 << 10, BLOCK}) {
      drive.reset(0);
      drive.append(0, bytes(length, 1));
      away = true;
      FutureTask<Boolean> flush = start(drive::flush);
      requireWaiting(flush);
      away = false;
      assertThat(flush.get()).isTrue();
      assertThat(drive.stalledMillis()).isZero();
      assertThat(Patience.of(drive).isExhausted()).isFalse();
      requireContent(length, 1);
    }
  }

  /** Then other puts have answers while one has none. */
  @Test
  void aStoreMayComeBackInParts() throws Exception {
    isOneAway = true;
    // More than there is memory for.
    FutureTask<Boolean> flush =
        start(
            () -> {
              for (int zone = 0; zone < 3; zone++) {
                drive.append(zone, bytes(512 << 10, zone));
              }
              drive.flush();
            });
    TimeUnit.MILLISECONDS.sleep(LIMIT_MILLIS + SOON_MILLIS);
    assertThat(one.get()).isNotNull();
    assertThat(flush.isDone()).isFalse();
    isOneAway = false;
    assertThat(flush.get()).isTrue();
    requireContent(512 << 10, 0);
    // Under the name of its first attempt.
    try (ObjectStore store = DirectoryStore.open(root, true)) {
      assertThat(store.get(String.valueOf(one.get()), 1 << 20)).isPresent();
    }
  }

  /** The put of an entry of the log, too, was carried out, and has had no answer. */
  @Test
  void whatTheStoreCarriedOutWithoutAnAnswerIsDoneOnce() throws Exception {
    drive.append(0, bytes(BLOCK, 1));
    away = true;
    carriesOut = true;
    FutureTask<Boolean> flush = start(drive::flush);
    requireWaiting(flush);
    away = false;
    assertThat(flush.get()).isTrue();
    drive.append(0, bytes(BLOCK, 2));
    drive.flush();
    requireContent(BLOCK, 1);
    assertThat(drive.report(0, 1).get(0).writtenBytes()).isEqualTo(2 * BLOCK);
  }

  @Test
  void aWriteThatFindsNoMemoryWaitsForTheStore() throws Exception {
    away = true;
    FutureTask<Boolean> writes =
        start(
            () -> {
              for (int at = 0; at < ZONE; at += 1 << 18) {
                drive.append(0, bytes(1 << 18, at));
              }
              drive.flush();
            });
    requireWaiting(writes);
    away = false;
    assertThat(writes.get()).isTrue();
    requireContent(1 << 18, 0);
  }

  /** What waits at the close fails after the limit. */
  @Test
  void nobodyWaitsWhenThePatienceEnds() throws Exception {
    drive.append(0, bytes(BLOCK, 1));
    away = true;
    FutureTask<Boolean> flush = start(drive::flush);
    requireWaiting(flush);
    Patience.of(drive).end();
    assertThatThrownBy(flush::get).hasRootCauseMessage("no answer");
    assertThat(Patience.of(drive).isPossible()).isFalse();
    assertThatThrownBy(drive::flush).isInstanceOf(DeviceException.class);
  }

  /** One that waits tries once more. */
  @Test
  void theLastTryMayFindTheStore() throws Exception {
    for (int length : new int[] {512 << 10, BLOCK}) {
      drive.append(0, bytes(length, 1));
      away = true;
      FutureTask<Boolean> flush = start(drive::flush);
      requireWaiting(flush);
      away = false;
      Patience.of(drive).end();
      assertThat(flush.get()).isTrue();
      requireContent(length, 1);
      drive.reset(0);
    }
  }

  /** As a member of a mirror is opened. */
  @Test
  void aDriveThatHasACopyFailsAfterTheLimit() throws Exception {
    drive.close();
    drive = open(false);
    assertThat(Patience.of(drive).isPossible()).isFalse();
    drive.append(0, bytes(BLOCK, 1));
    away = true;
    assertThatThrownBy(drive::flush).isInstanceOf(DeviceException.class);
    assertThat(Patience.of(drive).isExhausted()).isFalse();
  }

  @Test
  void whoeverTookItOverEndsTheWait() throws Exception {
    drive.append(0, bytes(BLOCK, 1));
    away = true;
    FutureTask<Boolean> flush = start(drive::flush);
    requireWaiting(flush);
    try (ObjectStore store = DirectoryStore.open(root, false);
        StoreZonedDevice other =
            StoreZonedDevice.open(
                store,
                new OwnerIdentity(
                    "other-host", "boot", 77, 1, InstantSource.system(), new SplittableRandom(2)),
                new StoreZonedDevice.Options(
                    false,
                    true,
                    StoreZonedDevice.Limits.ofWrites(1 << 20, LIMIT_MILLIS),
                    4,
                    true,
                    StoreZonedDevice.Thrift.USUAL))) {
      away = false;
      assertThatThrownBy(flush::get).hasMessageContaining("was taken over by process 77");
      assertThat(other.isPresent()).isTrue();
      assertThat(drive.isPresent()).isFalse();
    }
  }
}
