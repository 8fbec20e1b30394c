// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.Patience;
import zonefsj.device.PatientDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.RequestThread;
import zonefsj.fs.ThreadGuard;

/** Who waits for a drive, and for how long. */
@Timeout(60)
class RequestCallsTest {
  private static final long LIMIT_MILLIS = 5000;

  private final ExecutorService threads = RequestCalls.threads(ThreadGuard.LOGGING);
  private final CountDownLatch back = new CountDownLatch(1);
  private volatile boolean patient = true;
  private volatile long stalledMillis;

  private final RequestCalls calls =
      new RequestCalls(
          Patience.of(
              new Waiting(
                  RamZonedDevice.create(
                      EmulatedGeometry.builder(1 << 20).zoneSizeBytes(1 << 18).build()))),
          threads);

  /** A drive that says that it has waited for so long. */
  private final class Waiting extends FilterZonedDevice implements PatientDevice {
    Waiting(ZonedDevice delegate) {
      super(delegate);
    }

    @Override
    public void beginPatience() {
      patient = true;
    }

    @Override
    public boolean isPatient() {
      return patient;
    }

    @Override
    public long stalledMillis() {
      return stalledMillis;
    }

    @Override
    public long silentMillis() {
      return stalledMillis;
    }

    @Override
    public long limitMillis() {
      return LIMIT_MILLIS;
    }

    @Override
    public void endPatience() {
      patient = false;
    }
  }

  @AfterEach
  void end() {
    back.countDown();
    threads.shutdown();
  }

  private static <T> FutureTask<T> asRequest(RequestCalls.Call<T> call) {
    FutureTask<T> task = new FutureTask<>(call::run);
    new RequestThread(task, "request").start();
    return task;
  }

  private static String thread() {
    return Thread.currentThread().getName();
  }

  @Test
  void whoeverMayWaitCallsByItself() throws Exception {
    assertThat(calls.call(RequestCallsTest::thread)).isEqualTo(thread());
    assertThat(asRequest(() -> calls.call(RequestCallsTest::thread)).get())
        .isEqualTo("zonefsj-call");
    patient = false;
    assertThat(asRequest(() -> calls.call(RequestCallsTest::thread)).get()).isEqualTo("request");
  }

  @Test
  void aRequestEndsWhenTheDriveHasTakenNothingForTooLong() throws Exception {
    CountDownLatch goesOn = new CountDownLatch(1);
    FutureTask<Boolean> request =
        asRequest(
            () ->
                calls.call(
                    () -> {
                      back.await();
                      goesOn.countDown();
                      return true;
                    }));
    stalledMillis = LIMIT_MILLIS - 1;
    Thread.sleep(1200);
    assertThat(request.isDone()).isFalse();
    stalledMillis = LIMIT_MILLIS;
    assertThatThrownBy(request::get)
        .hasRootCauseInstanceOf(IOException.class)
        .hasMessageContaining("has taken nothing for 5 s; what was written is kept");
    // The next one does not begin.
    assertThatThrownBy(
            asRequest(
                    () ->
                        calls.call(
                            () -> {
                              throw new IllegalStateException("is not made");
                            }))
                ::get)
        .hasMessageContaining("has taken nothing");
    back.countDown();
    goesOn.await();
  }

  @Test
  void whatACallThrowsArrives() {
    assertThatThrownBy(
            asRequest(
                    () ->
                        calls.call(
                            () -> {
                              throw new IOException("of the call");
                            }))
                ::get)
        .hasRootCauseMessage("of the call");
    assertThatThrownBy(
            asRequest(
                    () ->
                        calls.call(
                            () -> {
                              throw new IllegalStateException("broken");
                            }))
                ::get)
        .hasRootCauseInstanceOf(IllegalStateException.class);
  }
}
