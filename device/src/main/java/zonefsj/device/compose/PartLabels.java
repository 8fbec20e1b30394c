// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceSpecException;

/**
 * The labels of drives that are parts of a composed one: in the first block of each of their first
 * two zones, which hold nothing else. They are written once, when the composed drive is created.
 * Stateless and thread-safe.
 */
public final class PartLabels {
  /** Number of zones of a part that its label takes. */
  static final int ZONES = 2;

  private static final Logger LOG = LoggerFactory.getLogger(PartLabels.class);

  private PartLabels() {}

  /**
   * Reads the label of a drive.
   *
   * @return empty if it is no part of a composed drive
   * @throws IOException if neither copy can be read
   */
  public static Optional<PartLabel> read(ZonedDevice device) throws IOException {
    IOException failure = null;
    int zones = Math.min(ZONES, device.geometry().zoneCount());
    for (int zone = 0; zone < zones; zone++) {
      ByteBuffer block = ByteBuffer.allocateDirect(device.geometry().blockSizeBytes());
      try {
        device.read(device.geometry().zoneStartBytes(zone), block);
      } catch (IOException e) {
        DeviceException.rethrowInconclusive(e);
        LOG.debug("zone {} of {} cannot be read", zone, device, e);
        failure = e;
        continue;
      }
      Optional<PartLabel> label = PartLabel.decode(block.flip());
      if (label.isPresent()) {
        return label;
      }
    }
    if (failure != null) {
      throw failure;
    }
    return Optional.empty();
  }

  /**
   * Puts the parts of a composed drive in the order of their labels; writes labels if there are
   * none and that is allowed.
   *
   * @param devices in any order
   * @param wanted what labels must say in common; its set and index are not used
   * @param created what new labels say in common
   * @param kind name of the kind, for messages
   * @return the devices in order
   * @throws DeviceSpecException if they are not the parts of one such drive
   */
  static List<ZonedDevice> order(
      List<ZonedDevice> devices,
      PartLabel wanted,
      PartLabel created,
      String kind,
      Creation creation)
      throws IOException {
    List<Optional<PartLabel>> labels = new ArrayList<>();
    for (ZonedDevice device : devices) {
      labels.add(read(device));
    }
    Optional<String> mismatch = mismatch(devices, labels, wanted, kind);
    if (mismatch.isEmpty()) {
      ZonedDevice[] ordered = new ZonedDevice[devices.size()];
      for (int at = 0; at < ordered.length; at++) {
        ordered[labels.get(at).orElseThrow().index()] = devices.get(at);
      }
      return List.of(ordered);
    }
    boolean anew = creation == Creation.ERASE || labels.stream().allMatch(Optional::isEmpty);
    if (!anew || creation == Creation.NONE) {
      throw labels.stream().allMatch(Optional::isEmpty)
          ? DeviceSpecException.ofNothing(mismatch.orElseThrow())
          : new DeviceSpecException(mismatch.orElseThrow());
    }
    for (ZonedDevice device : devices) {
      checkEmpty(device, kind, creation);
    }
    UUID set = UUID.randomUUID();
    for (int index = 0; index < devices.size(); index++) {
      PartLabel label =
          new PartLabel(set, created.kind(), created.count(), index, created.chunkBytes());
      write(devices.get(index), label, creation == Creation.ERASE);
    }
    return devices;
  }

  private static Optional<String> mismatch(
      List<ZonedDevice> devices, List<Optional<PartLabel>> labels, PartLabel wanted, String kind) {
    boolean[] seen = new boolean[devices.size()];
    for (int at = 0; at < devices.size(); at++) {
      String name = devices.get(at).geometry().description();
      if (labels.get(at).isEmpty()) {
        return Optional.of(
            name
                + " is no part of a "
                + kind
                + " drive; 'zonefs-j mkfs' makes one of empty drives, with --force of any");
      }
      PartLabel label = labels.get(at).orElseThrow();
      PartLabel first = labels.get(0).orElseThrow();
      if (label.kind() != wanted.kind()
          || label.count() != devices.size()
          || !label.set().equals(first.set())
          || seen[label.index()]) {
        return Optional.of(
            name
                + " is "
                + label.title()
                + (at == 0
                    ? ", and not of a " + kind + " drive of " + devices.size()
                    : "; " + devices.get(0).geometry().description() + " is " + first.title()));
      }
      if (label.chunkBytes() != wanted.chunkBytes() && wanted.chunkBytes() != 0) {
        return Optional.of(
            name
                + " is "
                + label.title()
                + ", whose chunks have "
                + label.chunkBytes()
                + " bytes and not "
                + wanted.chunkBytes()
                + "; leave the length out");
      }
      seen[label.index()] = true;
    }
    return Optional.empty();
  }

  private static void checkEmpty(ZonedDevice device, String kind, Creation creation)
      throws IOException {
    int count = device.geometry().zoneCount();
    String name = device.geometry().description();
    if (count <= ZONES) {
      throw new DeviceSpecException(
          name + " has " + count + " zones, a part of a " + kind + " drive needs more");
    }
    if (creation == Creation.IF_EMPTY && !PartShapes.isBlankAtBegin(device)) {
      throw new DeviceSpecException(
          name
              + " is not empty, so no "
              + kind
              + " drive is made of it; 'zonefs-j mkfs --force' overwrites what it holds");
    }
    List<ZoneDescriptor> zones = device.report(0, count);
    for (ZoneDescriptor zone : zones) {
      boolean worn =
          zone.condition() == ZoneCondition.READ_ONLY || zone.condition() == ZoneCondition.OFFLINE;
      if (zone.index() < ZONES && worn) {
        throw new DeviceSpecException(
            name + ": zone " + zone.index() + " has failed, and the label of a part belongs there");
      }
      if (creation == Creation.IF_EMPTY && zone.writtenBytes() > 0) {
        throw new DeviceSpecException(
            name
                + " is not empty, so no "
                + kind
                + " drive is made of it; 'zonefs-j mkfs --force' overwrites what it holds");
      }
    }
  }

  private static void write(ZonedDevice device, PartLabel label, boolean erase) throws IOException {
    for (ZoneDescriptor zone : device.report(0, device.geometry().zoneCount())) {
      if (erase && (zone.condition().isActive() || zone.condition() == ZoneCondition.FULL)) {
        device.reset(zone.index());
      }
    }
    for (int zone = 0; zone < ZONES; zone++) {
      ByteBuffer block = label.encode(device.geometry().blockSizeBytes());
      device.write(device.geometry().zoneStartBytes(zone), block);
      if (device.report(zone, 1).get(0).condition().isActive()) {
        // A finished zone takes no active resource.
        device.finish(zone);
      }
    }
    device.flush();
  }
}
