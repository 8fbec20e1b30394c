// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.ZoneFileSystem;
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
    return (ZoneFileSystem)
        Proxy.newProxyInstance(
            ConcurrentTest.class.getClassLoader(),
            new Class<?>[] {ZoneFileSystem.class},
            (self, method, arguments) -> {
              try {
                if (method.getName().equals("write") && arguments[2] instanceof ByteBuffer all) {
                  int half = all.remaining() / 2;
                  ByteBuffer first = all.slice(all.position(), half);
                  arguments[2] = first;
                  int done = (int) method.invoke(real, arguments);
                  LockSupport.parkNanos(PAUSE_NANOS);
                  arguments[1] = (long) arguments[1] + half;
                  all.position(all.position() + half);
                  arguments[2] = all;
                  return done + (int) method.invoke(real, arguments);
                }
                return method.invoke(real, arguments);
              } catch (InvocationTargetException failed) {
                throw failed.getCause() == null ? failed : failed.getCause();
              }
            });
  }
}
