// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/** What the zones of a stack were promised to have, and what they have. Not thread-safe. */
final class StackContent {
  private final boolean encrypts;
  private final List<PromisedZone> promised = new ArrayList<>();
  private List<PromisedZone> atBegin = List.of();
  private boolean powerWasLost;

  /**
   * @param encrypts whether a read of what was never written may give anything
   */
  StackContent(int zones, boolean encrypts) {
    this.encrypts = encrypts;
    for (int zone = 0; zone < zones; zone++) {
      promised.add(new PromisedZone());
    }
  }

  PromisedZone zone(int zone) {
    return promised.get(zone);
  }

  void flush() {
    promised.forEach(PromisedZone::flush);
  }

  /** Layers begin: what is there now is there again when they are gone. */
  void begin() {
    flush();
    atBegin = promised.stream().map(PromisedZone::copy).toList();
  }

  /** What was changed since the layers began is gone. */
  void forget() {
    promised.clear();
    atBegin.forEach(zone -> promised.add(zone.copy()));
    powerWasLost = false;
  }

  /** Compares a zone with what must be there without a power loss. */
  void compare(ZonedDevice device, int zone) throws IOException {
    ZoneDescriptor found = device.report(zone, 1).get(0);
    demandNone(zone, promised.get(zone).present(bytes(device, found), isFull(found)));
  }

  /** Compares all zones with what must be there without a power loss. */
  void compare(ZonedDevice device) throws IOException {
    for (int zone = 0; zone < promised.size(); zone++) {
      compare(device, zone);
    }
  }

  /** Compares all zones with what must be there after a power loss. */
  void comparePowerless(ZonedDevice device) throws IOException {
    powerWasLost = true;
    for (ZoneDescriptor found : device.report(0, promised.size())) {
      int zone = found.index();
      demandNone(zone, promised.get(zone).difference(bytes(device, found), isFull(found)));
    }
  }

  /** Takes what was found after a power loss for what must be there from now on. */
  void accept(ZonedDevice device) throws IOException {
    for (ZoneDescriptor found : device.report(0, promised.size())) {
      promised.get(found.index()).accept(bytes(device, found), isFull(found));
    }
  }

  private static void demandNone(int zone, String difference) {
    Demands.that(difference.isEmpty(), "zone " + zone + ": " + difference);
  }

  /** What all zones have, so far as it is the same each time. */
  List<byte[]> read(ZonedDevice device) throws IOException {
    // What a finished zone has beyond its data is nobody's, and nothing tells where that begins.
    return read(device, encrypts);
  }

  /** As above, so far as it is the same on another drive with the same data. */
  List<byte[]> readData(ZonedDevice device) throws IOException {
    return read(device, true);
  }

  private List<byte[]> read(ZonedDevice device, boolean withoutTails) throws IOException {
    List<byte[]> all = new ArrayList<>();
    for (ZoneDescriptor zone : device.report(0, promised.size())) {
      byte[] bytes = bytes(device, zone);
      int length = withoutTails && isFull(zone) ? dataBytes(zone.index()) : bytes.length;
      all.add(Arrays.copyOf(bytes, length));
    }
    return all;
  }

  private int dataBytes(int zone) {
    PromisedZone promise = promised.get(zone);
    return powerWasLost ? promise.flushedBytes() : promise.writtenBytes();
  }

  static void demandSame(List<byte[]> one, List<byte[]> two, String what) {
    for (int zone = 0; zone < one.size(); zone++) {
      Demands.that(
          Arrays.equals(one.get(zone), two.get(zone)),
          what
              + " gives other bytes of zone "
              + zone
              + ", "
              + one.get(zone).length
              + " and "
              + two.get(zone).length
              + ", from "
              + Arrays.mismatch(one.get(zone), two.get(zone)));
    }
  }

  private static boolean isFull(ZoneDescriptor zone) {
    return zone.condition() == ZoneCondition.FULL;
  }

  private static byte[] bytes(ZonedDevice device, ZoneDescriptor zone) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) zone.writtenBytes());
    device.read(zone.startBytes(), bytes);
    return bytes.array();
  }
}
