// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.cache.CacheOptions;
import zonefsj.device.cache.CachedZonedDevice;
import zonefsj.device.fault.Fault;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.volume.Volume;

/**
 * A drive that is wrong once, or fails once, loses nothing: the medium is right, and the next read
 * tells.
 */
final class TransientErrorTest {
  private static final int BYTES = 150_000;

  @Test
  void aReadThatIsWrongOnceIsRepeated() throws Exception {
    for (int nth = 1; nth <= 3; nth++) {
      try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
        byte[] bytes = FaultyVolume.random(nth, BYTES);
        drive.writeDurably("file", bytes);
        drive.remount();
        drive.script.on(DeviceOperation.READ, nth, new Fault.FlipBit(77_777));
        assertThat(drive.read("file")).isEqualTo(bytes);
      }
    }
  }

  /** What a cache has of a read that was wrong would be wrong each time. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCacheDoesNotKeepAReadThatWasWrong(boolean collected) throws Exception {
    try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      byte[] bytes = FaultyVolume.random(5, BYTES);
      drive.writeDurably("file", bytes);
      drive.writeDurably("dead", bytes);
      drive.fileSystem().sync();
      drive.unmount();
      Volume cached =
          FaultyVolume.mounting(new SplittableRandom(5))
              .on(CachedZonedDevice.inMemory(drive.device, 4 << 20, CacheOptions.DEFAULT));
      drive.use(cached);
      drive.unlink("dead");
      drive.fileSystem().sync();
      for (int nth = 1; nth <= 7; nth += 2) {
        drive.script.on(DeviceOperation.READ, nth, new Fault.FlipBit(7L * nth));
      }
      if (collected) {
        cached.runGc(ProgressListener.NONE);
      }
      assertThat(drive.read("file")).isEqualTo(bytes);
      assertThat(cached.status().lostData()).isEmpty();
    }
  }

  /** The last commit has nothing that proves it but its data. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aMountThatReadsBadlyOnceDropsNoCommit(boolean loseIndex) throws Exception {
    for (Fault fault : List.of(new Fault.Fail(Reason.MEDIA), new Fault.FlipBit(12_345))) {
      boolean isMet = true;
      for (int nth = 1; isMet; nth++) {
        try (FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
          byte[] bytes = FaultyVolume.random(nth, BYTES);
          drive.writeDurably("before", bytes);
          drive.writeDurably("last", bytes);
          drive.script.on(DeviceOperation.READ, nth, fault);
          try {
            drive.crash(loseIndex);
          } catch (IOException refused) {
            // Nothing was given up: the next one has it.
            drive.script.clear();
            drive.mountAgain();
          }
          isMet = drive.script.isEmpty();
          drive.script.clear();
          assertThat(drive.exists("last")).as("%s in read %d of the mount", fault, nth).isTrue();
          assertThat(drive.read("last")).isEqualTo(bytes);
          assertThat(drive.read("before")).isEqualTo(bytes);
        }
      }
    }
  }
}
