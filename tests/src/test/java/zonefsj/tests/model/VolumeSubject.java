// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.io.IOException;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.fixture.VolumeMount;

/** The real filesystem, formatted anew; every other remount loses the index. */
final class VolumeSubject implements ModelSubject {
  private final UnaryOperator<ZoneFileSystem> disguise;
  private final ModelSetup setup;
  private final ZonedDevice device;
  private final ModelIndex index;
  private final SplittableRandom nonces = new SplittableRandom(1);
  private final ModelClock clock;
  private Volume volume;
  private int remounts;

  /**
   * Takes a drive over; what it holds is lost.
   *
   * @param device closed with this
   */
  VolumeSubject(ModelSetup setup, ZonedDevice device, ModelClock clock) throws IOException {
    this(setup, device, clock, UnaryOperator.identity());
  }

  /**
   * Takes a drive over; what it holds is lost.
   *
   * @param device closed with this
   * @param disguise what is asked instead of the filesystem, to see that its faults are found
   */
  VolumeSubject(
      ModelSetup setup,
      ZonedDevice device,
      ModelClock clock,
      UnaryOperator<ZoneFileSystem> disguise)
      throws IOException {
    this.disguise = disguise;
    this.setup = setup;
    this.device = device;
    this.clock = clock;
    index = new ModelIndex(setup.onDisk());
    setup.format(device, clock, nonces);
    volume = mount();
  }

  private Volume mount() throws IOException {
    return VolumeMount.of(clock, nonces, index.stores())
        .with(setup.options())
        .background(setup.background())
        .on(device);
  }

  @Override
  public ZoneFileSystem fileSystem() {
    return disguise.apply(volume.fileSystem());
  }

  /** For work beside the operations. */
  Volume volume() {
    return volume;
  }

  @Override
  public void remount() throws IOException {
    volume.close();
    if (++remounts % 2 == 0) {
      index.lose();
    }
    volume = mount();
  }

  @Override
  public void close() throws IOException {
    try (index;
        device) {
      volume.close();
    }
  }
}
