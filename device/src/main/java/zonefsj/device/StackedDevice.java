// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A drive that stands on others, and can say how they are. Thread-safe. */
public interface StackedDevice {
  /** What it is, in one or two words: {@code mirror}. */
  String kind();

  /** How it is, in words for the user; empty if there is nothing to say. */
  default String state() {
    return "";
  }

  /** The drives on which it stands. They belong to this drive. */
  List<Below> below();

  /**
   * What is missing that may have newer data, in words; empty if nothing is, or the user has said
   * that what is there counts.
   */
  default String mayBeOlderThan() {
    return "";
  }

  /** As {@link #mayBeOlderThan}, of a drive and all on which it stands. */
  static String mayBeOlderThan(ZonedDevice device) {
    String missing = device instanceof StackedDevice stacked ? stacked.mayBeOlderThan() : "";
    for (ZonedDevice part : below(device)) {
      missing = missing.isEmpty() ? mayBeOlderThan(part) : missing;
    }
    return missing;
  }

  /**
   * The identity of what keeps this drive's changes apart from the drives below: with it, the drive
   * has a history of its own.
   */
  default Optional<UUID> layer() {
    return Optional.empty();
  }

  /** The identities of the uppermost layers that any drive consists of, from left to right. */
  static List<UUID> layers(ZonedDevice device) {
    if (device instanceof StackedDevice stacked && stacked.layer().isPresent()) {
      return List.of(stacked.layer().orElseThrow());
    }
    return below(device).stream().flatMap(below -> layers(below).stream()).toList();
  }

  /** The drives on which any drive stands, without those that are missing. */
  static List<ZonedDevice> below(ZonedDevice device) {
    if (device instanceof StackedDevice stacked) {
      List<ZonedDevice> found = new ArrayList<>();
      for (Below each : stacked.below()) {
        ZonedDevice there = each.device();
        if (there != null) {
          found.add(there);
        }
      }
      return found;
    }
    return device instanceof FilterZonedDevice filter ? List.of(filter.delegate()) : List.of();
  }

  /**
   * A drive on which another one stands.
   *
   * @param name as the user named it, or its description
   * @param state how it is, in words for the user; empty if there is nothing to say
   * @param device null if it is missing
   */
  record Below(String name, String state, @Nullable ZonedDevice device) {
    /** A drive that is there, by its description. */
    public static Below of(ZonedDevice device) {
      return new Below(device.geometry().description(), "", device);
    }
  }
}
