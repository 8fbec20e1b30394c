// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.layer.DiffLayer;
import zonefsj.tests.fixture.LayerTops;

/**
 * A layer on a drive that loses its power: each zone has what a flush has covered, or what it has
 * had as a whole since, to some length. Old content never comes back in part, and new content never
 * stands behind old.
 */
class DriveLayerPowerTest {
  private static final int BLOCK = 512;
  private static final int ZONE_BLOCKS = 16;
  private static final int ZONES = 6;
  private static final int SEEDS = 1500;
  private static final int STEPS = 30;

  /** At the end of what no flush covered, a drive may have anything. */
  private static final int MAX_GARBAGE_BYTES = 4 * BLOCK;

  @Test
  void eachZoneIsWhatItWas() throws IOException {
    try (LogSilencer quiet = new LogSilencer()) {
      for (long seed = 1; seed <= SEEDS; seed++) {
        List<String> history = new ArrayList<>();
        try {
          new Run(seed, history).play();
        } catch (AssertionError | IOException e) {
          throw new AssertionError(
              "seed " + seed + ": " + e + "\n  after " + String.join("\n  ", history), e);
        }
      }
      assertThat(quiet).isNotNull();
    }
  }

  /** What a zone has had between two resets. */
  private static final class Era {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    boolean finished;

    boolean explains(
        byte[] found, boolean isFull, int leastBytes, boolean mustBeFull, boolean mayFinish) {
      byte[] had = bytes.toByteArray();
      int same = Arrays.mismatch(had, found);
      int agreed = same < 0 ? had.length : Math.min(same, had.length);
      if (isFull) {
        return (finished || mayFinish) && agreed >= leastBytes;
      }
      return !mustBeFull
          && found.length >= leastBytes
          && found.length <= had.length
          && agreed >= Math.max(leastBytes, found.length - MAX_GARBAGE_BYTES);
    }
  }

  /** The eras of a zone since the last flush; the first one is older. */
  private static final class Model {
    final List<Era> eras = new ArrayList<>(List.of(new Era()));
    int flushedBytes;
    boolean flushedFull;

    Era now() {
      return eras.get(eras.size() - 1);
    }

    void flush() {
      Era now = now();
      eras.clear();
      eras.add(now);
      flushedBytes = now.bytes.size();
      flushedFull = now.finished;
    }

    /**
     * @param mayFinish whether an open finishes zones where too many are active
     */
    boolean explains(byte[] found, boolean isFull, boolean mayFinish) {
      for (Era era : eras) {
        boolean isFirst = era == eras.get(0);
        if (era.explains(
            found, isFull, isFirst ? flushedBytes : 0, isFirst && flushedFull, mayFinish)) {
          return true;
        }
      }
      return false;
    }
  }

  private static final class Run {
    private final SplittableRandom random;
    private final List<String> history;
    private final RamZonedDevice base;
    private final boolean limited;
    private final List<Model> models = new ArrayList<>();
    private ZonedDevice layer;
    private CuttableDrive top;

    Run(long seed, List<String> history) throws IOException {
      this.random = new SplittableRandom(seed);
      this.history = history;
      this.limited = random.nextBoolean();
      EmulatedGeometry.Builder shape =
          EmulatedGeometry.builder((long) ZONES * ZONE_BLOCKS * BLOCK)
              .blockSizeBytes(BLOCK)
              .zoneSizeBytes(ZONE_BLOCKS * BLOCK)
              .maxAppendBytes(ZONE_BLOCKS * BLOCK);
      base =
          RamZonedDevice.create(
              limited ? shape.maxOpenZones(2).maxActiveZones(3).build() : shape.build());
      for (int zone = 0; zone < ZONES; zone++) {
        Model model = new Model();
        models.add(model);
        int blocks = zone < 2 ? 1 + random.nextInt(ZONE_BLOCKS - 1) : zone == 2 ? ZONE_BLOCKS : 0;
        append(base, zone, blocks);
        model.flush();
      }
      RamZonedDevice drive = RamZonedDevice.create(LayerTops.over(base));
      DiffLayer.create(drive, base, false);
      top = new CuttableDrive(drive);
      layer = DiffLayer.open(top, base.snapshot(), DeviceAccess.READ_WRITE);
    }

    private void append(ZonedDevice device, int zone, int blocks) throws IOException {
      if (blocks == 0) {
        return;
      }
      byte[] bytes = new byte[blocks * BLOCK];
      random.nextBytes(bytes);
      device.append(zone, ByteBuffer.wrap(bytes));
      models.get(zone).now().bytes.write(bytes);
      models.get(zone).now().finished |= models.get(zone).now().bytes.size() == ZONE_BLOCKS * BLOCK;
    }

    void play() throws IOException {
      int steps = random.nextInt(STEPS);
      for (int step = 0; step < steps; step++) {
        step();
      }
      history.add("power loss");
      ZonedDevice left = top.cut(random.nextLong());
      if (random.nextBoolean()) {
        check(DiffLayer.open(left, base.snapshot(), DeviceAccess.READ_ONLY), "read only");
      }
      layer = DiffLayer.open(left, base.snapshot(), DeviceAccess.READ_WRITE);
      List<byte[]> first = check(layer, "opened");
      for (int zone = 0; zone < ZONES; zone++) {
        int room = (int) (layer.report(zone, 1).get(0).remainingBytes() / BLOCK);
        if (room > 0 && random.nextBoolean()) {
          byte[] bytes = new byte[BLOCK];
          random.nextBytes(bytes);
          try {
            layer.append(zone, ByteBuffer.wrap(bytes));
            first.set(zone, joined(first.get(zone), bytes));
          } catch (DeviceException limit) {
            assertThat(limit.reason()).isEqualTo(DeviceException.Reason.TOO_MANY_ACTIVE);
          }
        }
      }
      layer.flush();
      layer = DiffLayer.open(left, base.snapshot(), DeviceAccess.READ_WRITE);
      List<byte[]> second = contents(layer);
      for (int zone = 0; zone < ZONES; zone++) {
        assertThat(second.get(zone)).as("zone %d, opened again", zone).isEqualTo(first.get(zone));
      }
    }

    private static byte[] joined(byte[] one, byte[] other) {
      byte[] both = Arrays.copyOf(one, one.length + other.length);
      System.arraycopy(other, 0, both, one.length, other.length);
      return both;
    }

    private void step() throws IOException {
      int zone = random.nextInt(ZONES);
      Model model = models.get(zone);
      int dice = random.nextInt(100);
      if (dice < 45) {
        int room = (int) (layer.report(zone, 1).get(0).remainingBytes() / BLOCK);
        int blocks = room == 0 ? 0 : 1 + random.nextInt(Math.min(room, 4));
        history.add("append " + blocks + " to " + zone);
        try {
          append(layer, zone, blocks);
        } catch (DeviceException limit) {
          assertThat(limit.reason()).isEqualTo(DeviceException.Reason.TOO_MANY_ACTIVE);
        }
      } else if (dice < 70) {
        history.add("reset " + zone);
        layer.reset(zone);
        model.eras.add(new Era());
      } else if (dice < 80) {
        history.add("finish " + zone);
        layer.finish(zone);
        model.now().finished = true;
      } else if (dice < 95) {
        history.add("flush");
        layer.flush();
        models.forEach(Model::flush);
      } else {
        history.add("opened again");
        layer = DiffLayer.open(top, base.snapshot(), DeviceAccess.READ_WRITE);
      }
    }

    private List<byte[]> check(ZonedDevice device, String when) throws IOException {
      List<byte[]> found = contents(device);
      List<ZoneDescriptor> zones = device.report(0, ZONES);
      for (int zone = 0; zone < ZONES; zone++) {
        boolean isFull = zones.get(zone).condition() == ZoneCondition.FULL;
        assertThat(models.get(zone).explains(found.get(zone), isFull, limited))
            .as(
                "%s: zone %d, %s, %d bytes, of which a flush had covered %d",
                when,
                zone,
                zones.get(zone).condition(),
                found.get(zone).length,
                models.get(zone).flushedBytes)
            .isTrue();
      }
      return found;
    }

    private static List<byte[]> contents(ZonedDevice device) throws IOException {
      List<byte[]> contents = new ArrayList<>();
      for (ZoneDescriptor zone : device.report(0, ZONES)) {
        ByteBuffer bytes = ByteBuffer.allocate((int) zone.writtenBytes());
        device.read(zone.startBytes(), bytes);
        contents.add(bytes.array());
      }
      return contents;
    }
  }
}
