// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/** What a zone must contain. Immutable: nobody changes the bytes. */
final class ModelZone {
  static final ModelZone EMPTY = new ModelZone(new byte[0], false);

  private final byte[] content;
  private final boolean full;

  private ModelZone(byte[] content, boolean full) {
    this.content = content;
    this.full = full;
  }

  /** The bytes that were written. */
  byte[] content() {
    return content;
  }

  /** Whether it takes no more. */
  boolean full() {
    return full;
  }

  ModelZone append(byte[] bytes, long capacityBytes) {
    byte[] longer = Arrays.copyOf(content, content.length + bytes.length);
    System.arraycopy(bytes, 0, longer, content.length, bytes.length);
    return new ModelZone(longer, longer.length == capacityBytes);
  }

  ModelZone finish() {
    return new ModelZone(content, true);
  }

  /** What a zone of a drive contains; bytes after the last one that is not zero do not count. */
  static ModelZone of(ZonedDevice device, int zone) throws IOException {
    ZoneDescriptor report = device.report(zone, 1).get(0);
    ByteBuffer bytes = ByteBuffer.allocate((int) report.writtenBytes());
    device.read(report.startBytes(), bytes);
    return new ModelZone(bytes.array(), report.condition() == ZoneCondition.FULL);
  }

  boolean isLike(ModelZone other) {
    return full == other.full && Arrays.equals(trimmed(content), trimmed(other.content));
  }

  /** Bytes that were written are never zero, and those of a finished zone are. */
  private static byte[] trimmed(byte[] bytes) {
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] == 0) {
      end--;
    }
    return Arrays.copyOf(bytes, end);
  }

  @Override
  public String toString() {
    return trimmed(content).length
        + " bytes ("
        + Arrays.hashCode(trimmed(content))
        + (full ? "), full" : ")");
  }
}
