// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.ImageZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.rocks.RocksMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.model.ReferenceFileSystem;
import zonefsj.tests.model.Trees;

/** A sample of crashes with what users have: an image file, and a RocksDB index on the host. */
class ImageCrashTest {
  private static final int STEPS = 120;
  private static final int CRASH_EVERY = 8;
  private static final long CACHE_BYTES = 8 << 20;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path directory;

  private final CrashClock clock = new CrashClock();
  private final SplittableRandom random = new SplittableRandom(42);
  private int crashes;

  @Test
  void aKilledDaemonLeavesAPrefix() throws Exception {
    LogSilencer quiet = new LogSilencer();
    try (quiet) {
      run();
    }
    System.out.println("crash: " + crashes + " crashes with an image and a RocksDB index");
    assertThat(crashes).isGreaterThanOrEqualTo(10);
  }

  private void run() throws Exception {
    Path image = directory.resolve("image");
    Path index = directory.resolve("index");
    ReferenceFileSystem reference = new ReferenceFileSystem(clock);
    ImageFile.create(image, CrashDrives.shape(1));
    try (ImageZonedDevice device = ImageFile.open(image, DeviceAccess.READ_WRITE)) {
      CrashDrives.format(device, 1, clock, random.split());
      Volume volume = mount(device, index);
      List<SortedMap<String, String>> sinceDurable = new ArrayList<>();
      sinceDurable.add(Trees.of(reference));
      List<Step> steps = new StepGenerator(random.split(), true).steps(STEPS);
      for (int number = 0; number < steps.size(); number++) {
        clock.set(number + 1);
        Step step = steps.get(number);
        boolean done = true;
        if (step instanceof Step.Request request) {
          String got = StepPlayer.outcome(request, volume.fileSystem());
          assertThat(got).as("%s", step).isEqualTo(StepPlayer.outcome(request, reference));
          done = got.isEmpty();
        } else if (step instanceof Step.Collect) {
          volume.runGc(ProgressListener.NONE);
        } else if (step instanceof Step.Checkpoint) {
          volume.checkpoint();
        } else {
          volume.close();
          volume = mount(device, index);
        }
        if (done && step.isDurable()) {
          sinceDurable.clear();
        }
        sinceDurable.add(Trees.of(reference));
        if (number % CRASH_EVERY == 0) {
          crash(image, index, sinceDurable, number);
        }
      }
      volume.close();
    }
  }

  private Volume mount(ImageZonedDevice device, Path index) throws IOException {
    return CrashDrives.mount(device, clock, random.split(), stores(index));
  }

  private static MetadataStores stores(Path index) {
    return new RocksMetadataStores(index, CACHE_BYTES);
  }

  /**
   * What a kill leaves: image and index as the host has them, at two moments next to each other.
   */
  private void crash(Path image, Path index, List<SortedMap<String, String>> allowed, int number)
      throws IOException {
    crashes++;
    Path where = Files.createDirectory(directory.resolve("crash" + number));
    Files.copy(image, where.resolve("image"));
    IndexCopy.make(index, where.resolve("index"));
    try (ImageZonedDevice device =
        ImageFile.open(where.resolve("image"), DeviceAccess.READ_WRITE)) {
      String wrong =
          new CrashVerifier(random.split(), 1, STEPS, () -> stores(where.resolve("another")))
              .verify(
                  device,
                  stores(where.resolve("index")),
                  Expected.of(allowed),
                  RecoveryObserver.UNWATCHED);
      assertThat(wrong).as("crash after step %d", number).isNull();
    }
  }
}
