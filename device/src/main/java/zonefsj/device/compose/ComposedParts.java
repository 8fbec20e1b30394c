// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Stream;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZonedDevice;

/** What composed drives do with all of their parts. Thread-safe. */
final class ComposedParts implements AutoCloseable {
  private final List<Part> parts;
  private final PartThreads threads;

  /**
   * @param name of the composed drive's kind
   * @param firstZone number on each drive of the first zone that holds data
   */
  ComposedParts(String name, List<ZonedDevice> devices, int firstZone) {
    this.parts = devices.stream().map(device -> new Part(device, firstZone)).toList();
    this.threads = new PartThreads(name);
  }

  Part get(int index) {
    return parts.get(index);
  }

  int count() {
    return parts.size();
  }

  List<ZonedDevice> devices() {
    return parts.stream().map(Part::device).toList();
  }

  PartThreads threads() {
    return threads;
  }

  Stream<DeviceGeometry> geometries() {
    return parts.stream().map(part -> part.device().geometry());
  }

  /** The strictest of the parts' limits. */
  OptionalInt least(Function<DeviceGeometry, OptionalInt> limit) {
    return geometries().map(limit).flatMapToInt(OptionalInt::stream).min();
  }

  /** The most copies that any part has. */
  int copies() {
    int most = 1;
    for (Part part : parts) {
      most = Math.max(most, part.copies());
    }
    return most;
  }

  void flush() throws IOException {
    threads.runAll(
        parts.stream()
            .filter(Part::needsFlush)
            .map(part -> (PartThreads.Access) part::flush)
            .toList());
  }

  @Override
  public void close() throws IOException {
    threads.close();
    IOException failure = null;
    for (Part part : parts) {
      try {
        part.close();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
