// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/**
 * Reads and writes the label of a member: at the begin of each of the first two zones, which hold
 * nothing else. The newer copy counts. A new label replaces one copy after the other, so that one
 * is always there. Stateless and thread-safe.
 */
public final class MirrorLabels {
  /** Number of zones of a member that its label takes. */
  static final int ZONES = 2;

  private static final Logger LOG = LoggerFactory.getLogger(MirrorLabels.class);

  private MirrorLabels() {}

  /**
   * Reads the label of a drive.
   *
   * @return empty if it is no member of a mirror
   * @throws IOException if a copy cannot be read, and the other one is none
   */
  public static Optional<MirrorLabel> read(ZonedDevice device) throws IOException {
    Optional<MirrorLabel> newest = Optional.empty();
    IOException failure = null;
    for (int zone = 0; zone < Math.min(ZONES, device.geometry().zoneCount()); zone++) {
      Optional<MirrorLabel> label;
      try {
        label = read(device, zone);
      } catch (IOException e) {
        DeviceException.rethrowInconclusive(e);
        LOG.debug("zone {} of {} cannot be read", zone, device, e);
        failure = e;
        continue;
      }
      if (label.isPresent()
          && (newest.isEmpty() || label.orElseThrow().event() > newest.orElseThrow().event())) {
        newest = label;
      }
    }
    if (newest.isEmpty() && failure != null) {
      throw failure;
    }
    return newest;
  }

  /** The version of a label that {@link #read} does not know. */
  static OptionalInt otherVersion(ZonedDevice device) throws IOException {
    ByteBuffer block = ByteBuffer.allocateDirect(device.geometry().blockSizeBytes());
    device.read(device.geometry().zoneStartBytes(0), block);
    return MirrorLabel.otherVersion(block.flip());
  }

  private static Optional<MirrorLabel> read(ZonedDevice device, int zone) throws IOException {
    ByteBuffer block = ByteBuffer.allocateDirect(device.geometry().blockSizeBytes());
    device.read(device.geometry().zoneStartBytes(zone), block);
    OptionalInt length = MirrorLabel.lengthBytes(block.flip());
    if (length.isEmpty() || length.getAsInt() > device.geometry().zoneSizeBytes()) {
      return Optional.empty();
    }
    int blocks = (length.getAsInt() + block.capacity() - 1) / block.capacity();
    if (blocks > 1) {
      block = ByteBuffer.allocateDirect(blocks * block.capacity());
      device.read(device.geometry().zoneStartBytes(zone), block);
      block.flip();
    }
    return MirrorLabel.decode(block);
  }

  /**
   * Writes both copies of a label, except in a zone that has failed. If the first copy cannot be
   * written, the second one stays as it was.
   *
   * @throws IOException if a copy cannot be written, or both zones have failed
   */
  static void write(ZonedDevice device, MirrorLabel label) throws IOException {
    int written = 0;
    for (int zone = 0; zone < ZONES; zone++) {
      ZoneDescriptor before = device.report(zone, 1).get(0);
      if (before.condition() == ZoneCondition.READ_ONLY
          || before.condition() == ZoneCondition.OFFLINE) {
        LOG.debug("zone {} of {} takes no label", zone, device);
        continue;
      }
      write(device, before, label);
      written++;
    }
    if (written == 0) {
      throw new DeviceException(
          Reason.ZONE_READ_ONLY, 0, "both zones of the label have failed on " + device);
    }
  }

  private static void write(ZonedDevice device, ZoneDescriptor zone, MirrorLabel label)
      throws IOException {
    boolean conventional = zone.condition() == ZoneCondition.NOT_WRITE_POINTER;
    if (!conventional && zone.condition() != ZoneCondition.EMPTY) {
      device.reset(zone.index());
    }
    device.write(zone.startBytes(), label.encode(device.geometry().blockSizeBytes()));
    if (!conventional) {
      // A finished zone takes no active resource.
      device.finish(zone.index());
    }
    device.flush();
  }
}
