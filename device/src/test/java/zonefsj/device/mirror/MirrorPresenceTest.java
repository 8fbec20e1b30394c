// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.device.DeviceException;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.MediumPresence;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.spec.Creation;

/** What a mirror says of members that are gone. */
final class MirrorPresenceTest {
  private static final int ZONE = 64 << 10;

  /** A drive that can be pulled. */
  private static final class Pullable extends FilterZonedDevice
      implements MediumPresence, MemberSource {
    private final String name;
    private volatile boolean pulled;

    Pullable(String name) {
      super(RamZonedDevice.create(EmulatedGeometry.builder(8L * ZONE).zoneSizeBytes(ZONE).build()));
      this.name = name;
    }

    @Override
    public String loss() {
      return pulled ? name + " was removed" : "";
    }

    @Override
    public boolean isPresent() {
      return !pulled;
    }

    @Override
    public void read(long positionBytes, ByteBuffer destination) throws IOException {
      if (pulled) {
        throw new IOException("there is no " + name);
      }
      super.read(positionBytes, destination);
    }

    @Override
    public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
      read(positionBytes, destination);
    }

    @Override
    public void close() {
      // It can be opened again.
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public ZonedDevice open(Creation creation) throws IOException {
      if (pulled) {
        throw new IOException("there is no " + name);
      }
      return this;
    }
  }

  @Test
  void aMirrorIsLostWithItsLastMember() throws Exception {
    List<Pullable> drives = List.of(new Pullable("one"), new Pullable("two"));
    try (MirrorZonedDevice mirror =
        MirrorZonedDevice.open(new ArrayList<>(drives), false, Creation.IF_EMPTY)) {
      mirror.append(0, ByteBuffer.allocate(4096));
      assertThat(MediumPresence.lossOf(mirror)).isEmpty();
      drives.get(0).pulled = true;
      assertThat(MediumPresence.lossOf(mirror)).isEmpty();
      mirror.read(0, ByteBuffer.allocate(4096));
      mirror.awaitInStep();
      assertThat(MediumPresence.lossOf(mirror)).isEmpty();
      drives.get(1).pulled = true;
      mirror.awaitInStep();
      assertThat(MediumPresence.lossOf(mirror)).isEqualTo("two was removed");
      assertThatThrownBy(() -> mirror.read(0, ByteBuffer.allocate(4096)))
          .matches(DeviceException::isRemoval);
    }
  }

  @Test
  @Timeout(60)
  void nobodyWaitsForAMirrorThatIsOnlyRead() throws Exception {
    List<MemberSource> drives = List.of(new Pullable("one"), new Pullable("two"));
    MirrorZonedDevice.open(drives, false, Creation.IF_EMPTY).close();
    try (MirrorZonedDevice mirror = MirrorZonedDevice.open(drives, true, Creation.NONE)) {
      mirror.awaitInStep();
    }
  }
}
