// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.tests.fixture.InterceptedFileSystem;
import zonefsj.tests.fixture.InterceptedFileSystem.Call;
import zonefsj.tests.fixture.ProofOutput;

/** The short form of {@code tests/prove concurrent}. */
class ConcurrentTest {
  private static final long SEED = 20_261_121;
  private static final int RUNS = 40;
  private static final int MOST_RUNS = 300;
  private static final long PAUSE_NANOS = 500_000;

  @Test
  void someOrderExplainsWhatWasAnsweredAndWhatIsLeft() {
    ProofOutput out = new ProofOutput();
    out.assertNoneFailed(ConcurrentProof.prove(SEED, RUNS, null, out));
  }

  @Test
  void aWriteInTwoStepsIsFound() throws Exception {
    String found = null;
    for (long seed = 1; seed <= MOST_RUNS && found == null; seed++) {
      found =
          new ConcurrentRun(seed, ConcurrentTest::writingInTwoSteps, UnaryOperator.identity())
              .run();
    }
    assertThat(found).isNotNull();
  }

  @Test
  void aFilesystemThatDoesNotFlushIsFound() throws Exception {
    String found = null;
    for (long seed = 1; seed <= MOST_RUNS && found == null; seed++) {
      found =
          new ConcurrentRun(seed, UnaryOperator.identity(), ConcurrentTest::neverFlushing).run();
    }
    assertThat(found).contains("power gone");
  }

  private static ZonedDevice neverFlushing(ZonedDevice drive) {
    return new FilterZonedDevice(drive) {
      @Override
      public void flush() {
        // What was written stays in the cache of the drive.
      }
    };
  }

  /** Right where nobody looks between the two. */
  private static ZoneFileSystem writingInTwoSteps(ZoneFileSystem real) {
    return InterceptedFileSystem.of(
        real,
        "write",
        call -> {
          ByteBuffer all = (ByteBuffer) call.argument(2);
          int half = all.remaining() / 2;
          call.arguments()[2] = all.slice(all.position(), half);
          int done = written(call);
          LockSupport.parkNanos(PAUSE_NANOS);
          call.arguments()[1] = call.number(1) + half;
          all.position(all.position() + half);
          call.arguments()[2] = all;
          return done + written(call);
        });
  }

  private static int written(Call call) throws Throwable {
    return (int) Objects.requireNonNull(call.goOn());
  }
}
