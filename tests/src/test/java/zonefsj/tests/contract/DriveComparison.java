package zonefsj.tests.contract;

import static zonefsj.tests.contract.Devices.bytes;

import java.io.IOException;
import java.nio.ByteBuffer;
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

/**
 * One random sequence of accesses, of one seed, to the model and to both emulated drives: after
 * each access all three must have answered the same. The image is closed and opened again in
 * between, the drive in memory is replaced by a copy of itself.
 */
final class DriveComparison implements AutoCloseable {
  private static final int BLOCK = 512;
  private static final int ZONE_BLOCKS = 160;
  private static final int MAX_SOURCES = 3;

  private final SplittableRandom random;
  private final EmulatedGeometry geometry;
  private final ModelDrive ramModel;
  private final ModelDrive imageModel;
  private final Path imagePath;
  private RamZonedDevice ram;
  private ImageZonedDevice image;

  private DriveComparison(long seed, Path directory) throws IOException {
    this.random = new SplittableRandom(seed);
    this.geometry = randomGeometry();
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
    int dice = random.nextInt(1000);
    int zone = random.nextInt(geometry.zoneCount());
    if (dice < 10) {
      history.add(step + " reopen");
      image.close();
      image = ImageFile.open(imagePath, DeviceAccess.READ_WRITE);
      imageModel.restart();
      RamZonedDevice copy = ram.snapshot();
      ram.close();
      ram = copy;
      return null;
    }
    Access access = access(dice, zone, history, step);
    return compare(access);
  }

  /** One model for each drive: opening an image again forgets in which order zones were opened. */
  private @Nullable String compare(Access access) throws IOException {
    String ofRam = outcome(ram, ram, access);
    String ofImage = outcome(image, image, access);
    String ofRamModel = outcome(ramModel, ramModel, access);
    String ofImageModel = outcome(imageModel, imageModel, access);
    if (!ofRam.equals(ofRamModel)) {
      return "memory: " + ofRam + "\n  model: " + ofRamModel;
    }
    return ofImage.equals(ofImageModel) ? null : "image: " + ofImage + "\n  model: " + ofImageModel;
  }

  private Access access(int dice, int zone, List<String> history, int step) throws IOException {
    long start = zone * geometry.zoneSizeBytes();
    if (dice < 400) {
      long pointer = imageModel.report(zone, 1).get(0).writePointerBytes();
      boolean wild = random.nextInt(10) == 0;
      long at =
          wild || geometry.isConventional(zone)
              ? start + (long) random.nextInt(ZONE_BLOCKS) * BLOCK
              : pointer;
      int length = randomLength();
      long seed = random.nextLong();
      history.add(step + " write " + length + " at " + at + " zone " + zone);
      return (device, injection) -> {
        device.write(at, sources(length, seed));
        return "written";
      };
    }
    if (dice < 550) {
      int length = randomLength();
      long seed = random.nextLong();
      history.add(step + " append " + length + " to " + zone);
      return (device, injection) -> "at " + device.append(zone, sources(length, seed));
    }
    if (dice < 750) {
      long at = start + (long) random.nextInt(ZONE_BLOCKS) * BLOCK;
      int length = random.nextInt(2 * ZONE_BLOCKS) * BLOCK;
      history.add(step + " read " + length + " at " + at);
      return (device, injection) -> {
        ByteBuffer destination =
            (length & 1024) == 0 ? ByteBuffer.allocate(length) : ByteBuffer.allocateDirect(length);
        device.read(at, destination);
        return Integer.toHexString(Arrays.hashCode(bytes(destination.flip())));
      };
    }
    return transition(dice, zone, history, step);
  }

  private Access transition(int dice, int zone, List<String> history, int step) {
    history.add(step + " transition " + dice + " of " + zone);
    return (device, injection) -> {
      if (dice < 800) {
        device.open(zone);
      } else if (dice < 850) {
        device.close(zone);
      } else if (dice < 880) {
        device.finish(zone);
      } else if (dice < 960) {
        device.reset(zone);
      } else if (dice < 995) {
        device.flush();
      } else if (dice < 998) {
        injection.setReadOnly(zone);
      } else {
        injection.setOffline(zone);
      }
      return "done";
    };
  }

  private int randomLength() {
    int blocks =
        random.nextInt(4) == 0 ? random.nextInt(ZONE_BLOCKS) : random.nextInt(ZONE_BLOCKS / 8);
    return blocks * BLOCK;
  }

  /** The same bytes for each drive, cut in the same places, in memory of both kinds. */
  private static ByteBuffer[] sources(int length, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    ByteBuffer[] sources = new ByteBuffer[1 + random.nextInt(MAX_SOURCES)];
    int from = 0;
    for (int i = 0; i < sources.length; i++) {
      int left = length - from;
      int count = i == sources.length - 1 ? left : random.nextInt(left + 1);
      sources[i] =
          random.nextBoolean()
              ? ByteBuffer.wrap(bytes, from, count)
              : ByteBuffer.allocateDirect(count).put(bytes, from, count).flip();
      from += count;
    }
    return sources;
  }

  private String outcome(ZonedDevice device, ZoneInjection injection, Access access)
      throws IOException {
    String result;
    try {
      result = access.run(device, injection);
    } catch (DeviceException e) {
      result = e.reason() + " in zone " + e.zone();
    }
    return result + " -> " + device.report(0, geometry.zoneCount());
  }

  private @Nullable String compareBytes() throws IOException {
    for (int zone = 0; zone < geometry.zoneCount(); zone++) {
      int at = zone;
      Access whole =
          (device, injection) -> {
            ByteBuffer all = ByteBuffer.allocate((int) geometry.sizeOfBytes(at));
            device.read(at * geometry.zoneSizeBytes(), all);
            return Integer.toHexString(Arrays.hashCode(all.array()));
          };
      String difference = compare(whole);
      if (difference != null) {
        return "the bytes of zone " + zone + " differ at the end: " + difference;
      }
    }
    return null;
  }

  /** One access to one of the drives; returns what it answered. */
  @FunctionalInterface
  private interface Access {
    String run(ZonedDevice device, ZoneInjection injection) throws IOException;
  }
}
