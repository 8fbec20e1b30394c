// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.emulated.ImageZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.emulated.ZoneInjection;
import zonefsj.tests.contract.DriveAccesses.Access;
import zonefsj.tests.contract.DriveAccesses.Action;
import zonefsj.tests.contract.DriveAccesses.Answer;

/**
 * One random sequence of accesses, of one seed, to the model and to both emulated drives: after
 * each access all three must have answered the same. The image is closed and opened again in
 * between, the drive in memory is replaced by a copy of itself.
 */
final class DriveComparison implements AutoCloseable {
  private static final int BLOCK = 512;
  private static final int ZONE_BLOCKS = 160;

  private final SplittableRandom random;
  private final EmulatedGeometry geometry;
  private final DriveAccesses accesses;
  private final ModelDrive ramModel;
  private final ModelDrive imageModel;
  private final Path imagePath;
  private RamZonedDevice ram;
  private ImageZonedDevice image;

  private DriveComparison(long seed, Path directory) throws IOException {
    this.random = new SplittableRandom(seed);
    this.geometry = randomGeometry();
    this.accesses = new DriveAccesses(random, geometry, 2 * ZONE_BLOCKS);
    this.ramModel = new ModelDrive(geometry);
    this.imageModel = new ModelDrive(geometry);
    this.ram = RamZonedDevice.create(geometry);
    this.imagePath = directory.resolve("image");
    ImageFile.create(imagePath, geometry);
    this.image = ImageFile.open(imagePath, DeviceAccess.READ_WRITE);
  }

  /**
   * Plays a sequence.
   *
   * @return what went wrong, or null
   */
  static @Nullable String play(long seed, int steps, Path directory) throws IOException {
    List<String> history = new ArrayList<>();
    try (DriveComparison comparison = new DriveComparison(seed, directory)) {
      history.add(comparison.geometry.toString());
      for (int step = 0; step < steps; step++) {
        String difference = comparison.step(step, history);
        if (difference != null) {
          return difference + "\n  after " + String.join("\n  ", tail(history));
        }
      }
      return comparison.compareBytes();
    }
  }

  @Override
  public void close() throws IOException {
    ram.close();
    image.close();
    Files.deleteIfExists(imagePath);
  }

  private static List<String> tail(List<String> history) {
    return history.subList(Math.max(0, history.size() - 30), history.size());
  }

  private EmulatedGeometry randomGeometry() {
    int zones = 3 + random.nextInt(10);
    int runt = random.nextInt(3) == 0 ? 1 + random.nextInt(ZONE_BLOCKS - 1) : 0;
    OptionalInt active =
        random.nextInt(4) == 0 ? OptionalInt.empty() : OptionalInt.of(1 + random.nextInt(6));
    OptionalInt open =
        random.nextInt(4) == 0
            ? OptionalInt.empty()
            : OptionalInt.of(1 + random.nextInt(active.orElse(6)));
    return new EmulatedGeometry(
        ((long) zones * ZONE_BLOCKS + runt) * BLOCK,
        (long) ZONE_BLOCKS * BLOCK,
        (1L + random.nextInt(ZONE_BLOCKS)) * BLOCK,
        random.nextInt(3),
        open,
        active,
        BLOCK,
        ZONE_BLOCKS / 2 * BLOCK);
  }

  private @Nullable String step(int step, List<String> history) throws IOException {
    if (random.nextInt(100) == 0) {
      history.add(step + " reopen");
      image.close();
      image = ImageFile.open(imagePath, DeviceAccess.READ_WRITE);
      imageModel.restart();
      RamZonedDevice copy = ram.snapshot();
      ram.close();
      ram = copy;
      return null;
    }
    Access access =
        accesses.next(zone -> imageModel.report(zone, 1).get(0).writePointerBytes(), true);
    history.add(step + " " + access.description());
    return compare(access.action());
  }

  /** One model for each drive: opening an image again forgets in which order zones were opened. */
  private @Nullable String compare(Action access) throws IOException {
    String ofRam = outcome(ram, ram, access);
    String ofImage = outcome(image, image, access);
    String ofRamModel = outcome(ramModel, ramModel, access);
    String ofImageModel = outcome(imageModel, imageModel, access);
    if (!ofRam.equals(ofRamModel)) {
      return "memory: " + ofRam + "\n  model: " + ofRamModel;
    }
    return ofImage.equals(ofImageModel) ? null : "image: " + ofImage + "\n  model: " + ofImageModel;
  }

  private String outcome(ZonedDevice device, ZoneInjection injection, Action access)
      throws IOException {
    String result;
    try {
      Answer answer = access.run(device, injection);
      result = answer.words() + " " + Integer.toHexString(Arrays.hashCode(answer.bytes()));
    } catch (DeviceException e) {
      result = e.reason() + " in zone " + e.zone();
    }
    return result + " -> " + device.report(0, geometry.zoneCount());
  }

  private @Nullable String compareBytes() throws IOException {
    for (int zone = 0; zone < geometry.zoneCount(); zone++) {
      int at = zone;
      Action whole =
          (device, injection) ->
              accesses.read(
                  device,
                  at * geometry.zoneSizeBytes(),
                  (int) (geometry.sizeOfBytes(at) / geometry.blockSizeBytes()));
      String difference = compare(whole);
      if (difference != null) {
        return "the bytes of zone " + zone + " differ at the end: " + difference;
      }
    }
    return null;
  }
}
