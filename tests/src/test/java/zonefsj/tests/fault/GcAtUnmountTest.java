// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.device.filter.DeviceOperation;

/** A user's collection ends when the filesystem is unmounted. */
@Timeout(60)
class GcAtUnmountTest {
  private static final int FILES = 24;
  private static final int FILE_BYTES = 44 << 10;

  private static void fragment(FaultyVolume drive) throws Exception {
    for (int file = 0; file < FILES; file++) {
      drive.writeDurably("f" + file, FaultyVolume.random(file, FILE_BYTES));
    }
    for (int file = 0; file < FILES; file++) {
      if (file % 4 != 0) {
        drive.unlink("f" + file);
      }
    }
    drive.fileSystem().sync();
  }

  private static long accesses(FaultyVolume drive) {
    long sum = 0;
    for (DeviceOperation operation : DeviceOperation.values()) {
      sum += drive.device.begun(operation);
    }
    return sum;
  }

  @Test
  void nothingIsCollectedAfterTheUnmount() throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      fragment(drive);
      long[] accessesAtTheEnd = {0};
      assertThatThrownBy(
              () ->
                  drive
                      .volume()
                      .runGc(
                          (what, done, total) -> {
                            assertThat(done).as("zones collected").isEqualTo(1);
                            assertThat(total).as("zones to be collected").isGreaterThan(1);
                            unmountElsewhere(drive);
                            accessesAtTheEnd[0] = accesses(drive);
                          }))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("unmounted");
      assertThat(accesses(drive)).isEqualTo(accessesAtTheEnd[0]);
      drive.mountAgain();
      for (int file = 0; file < FILES; file += 4) {
        assertThat(drive.read("f" + file)).isEqualTo(FaultyVolume.random(file, FILE_BYTES));
      }
    }
  }

  private static void unmountElsewhere(FaultyVolume drive) {
    FutureTask<Void> unmount =
        new FutureTask<>(
            () -> {
              drive.unmount();
              return null;
            });
    new Thread(unmount).start();
    try {
      unmount.get();
    } catch (InterruptedException | ExecutionException failed) {
      throw new AssertionError(failed);
    }
  }
}
