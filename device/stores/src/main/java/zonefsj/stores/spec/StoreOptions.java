// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.spec;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ByteSize;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;
import zonefsj.device.spec.SpecWord;
import zonefsj.stores.zones.StoreZonedDevice;

/**
 * Options that all drives on stores have. Thread-safe.
 *
 * @param geometry zones of a drive that is made; empty if none may be made
 * @param takeover whether an owner that has not closed the drive loses it; false from the first
 *     time on that it has
 * @param limits of memory and time; requests are repeated for as long as a write waits
 * @param words the options as they were given, each after a comma
 */
public record StoreOptions(
    Optional<EmulatedGeometry> geometry,
    AtomicBoolean takeover,
    StoreZonedDevice.Limits limits,
    String words) {
  /** How they are written. */
  public static final String SYNTAX =
      "[,size=SIZE[,zone-size=SIZE][,zone-capacity=SIZE][,block-size=SIZE]][,takeover=yes]"
          + "[,write-memory=SIZE][,read-memory=SIZE][,limit=SECONDS][,keep=SECONDS]";

  private static final long DEFAULT_ZONE_BYTES = 64 << 20;
  private static final long WANTED_ZONES = 64;
  private static final long DEFAULT_MEMORY_BYTES = 64 << 20;
  private static final long LEAST_MEMORY_BYTES = 4 << 20;
  private static final long MOST_MEMORY_BYTES = 1L << 40;
  private static final long DEFAULT_READ_BYTES = 32 << 20;
  private static final int DEFAULT_LIMIT_SECONDS = 300;

  /** A month: what is written meanwhile is more than what most stores have. */
  private static final int MOST_KEEP_SECONDS = 31 * 24 * 3600;

  /** Takes the options. */
  public static StoreOptions parse(SpecArguments arguments) throws DeviceSpecException {
    arguments.allowShort("zone", "zone-size");
    arguments.allowShort("capacity", "zone-capacity");
    StringBuilder words = new StringBuilder();
    Optional<Long> size = size(arguments, "size", words);
    Optional<Long> zoneSize = size(arguments, "zone-size", words);
    Optional<Long> capacity = size(arguments, "zone-capacity", words);
    Optional<Long> block = size(arguments, "block-size", words);
    Optional<SpecWord> takeover = arguments.option("takeover");
    if (takeover.isPresent() && !takeover.orElseThrow().text().equals("yes")) {
      throw arguments.refuse(takeover.orElseThrow(), "takeover can only be 'yes'");
    }
    takeover.ifPresent(yes -> words.append(",takeover=yes"));
    Optional<Long> memory = size(arguments, "write-memory", words);
    if (memory.isPresent()) {
      requireMemory(arguments, "write-memory", memory.orElseThrow());
    }
    Optional<Long> readMemory = size(arguments, "read-memory", words);
    if (readMemory.isPresent() && readMemory.orElseThrow() != 0) {
      requireMemory(arguments, "read-memory", readMemory.orElseThrow());
    }
    OptionalInt limit = arguments.numberOption("limit");
    if (limit.isPresent() && limit.getAsInt() < 1) {
      throw arguments.refuse(
          arguments.option("limit").orElseThrow(), "limit must be at least 1 second");
    }
    limit.ifPresent(seconds -> words.append(",limit=").append(seconds));
    OptionalInt keep = arguments.numberOption("keep");
    if (keep.isPresent() && (keep.getAsInt() < 0 || keep.getAsInt() > MOST_KEEP_SECONDS)) {
      throw arguments.refuse(
          arguments.option("keep").orElseThrow(),
          "keep must be between 0 and " + MOST_KEEP_SECONDS + " seconds");
    }
    keep.ifPresent(seconds -> words.append(",keep=").append(seconds));
    return new StoreOptions(
        geometry(arguments, size, zoneSize, capacity, block),
        new AtomicBoolean(takeover.isPresent()),
        new StoreZonedDevice.Limits(
            memory.orElse(DEFAULT_MEMORY_BYTES),
            readMemory.orElse(DEFAULT_READ_BYTES),
            limit.orElse(DEFAULT_LIMIT_SECONDS) * 1000L,
            keep.orElse(0) * 1000L),
        words.toString());
  }

  /** The others follow from what was given, but for a takeover that has happened. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof StoreOptions that && words.equals(that.words);
  }

  @Override
  public int hashCode() {
    return words.hashCode();
  }

  /**
   * The SPEC of a drive with these options, which stays the same as a part of another one.
   *
   * @param where what stands before the options
   */
  public String spec(String kind, String where) {
    return words.isEmpty() ? kind + ":" + where : kind + "(" + where + words + ")";
  }

  private static Optional<Long> size(SpecArguments arguments, String name, StringBuilder words)
      throws DeviceSpecException {
    Optional<Long> value = arguments.sizeOption(name);
    value.ifPresent(
        bytes -> words.append(',').append(name).append('=').append(ByteSize.format(bytes)));
    return value;
  }

  private static void requireMemory(SpecArguments arguments, String name, long bytes)
      throws DeviceSpecException {
    if (bytes < LEAST_MEMORY_BYTES || bytes > MOST_MEMORY_BYTES) {
      throw arguments.refuse(
          arguments.option(name).orElseThrow(),
          name
              + " must be between "
              + ByteSize.format(LEAST_MEMORY_BYTES)
              + " and "
              + ByteSize.format(MOST_MEMORY_BYTES));
    }
  }

  private static Optional<EmulatedGeometry> geometry(
      SpecArguments arguments,
      Optional<Long> size,
      Optional<Long> zoneSize,
      Optional<Long> capacity,
      Optional<Long> block)
      throws DeviceSpecException {
    if (size.isEmpty()) {
      if (zoneSize.isPresent() || capacity.isPresent() || block.isPresent()) {
        throw arguments.refuse(
            "zone-size, zone-capacity and block-size need size=SIZE, too", new Throwable());
      }
      return Optional.empty();
    }
    try {
      EmulatedGeometry.Builder builder =
          EmulatedGeometry.builder(size.orElseThrow())
              .zoneSizeBytes(zoneSize.orElseGet(() -> defaultZoneBytes(size.orElseThrow())))
              .maxOpenZones(OptionalInt.empty())
              .maxActiveZones(OptionalInt.empty());
      capacity.ifPresent(builder::zoneCapacityBytes);
      block.ifPresent(bytes -> builder.blockSizeBytes(Math.toIntExact(bytes)));
      return Optional.of(builder.build());
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw arguments.refuse(String.valueOf(e.getMessage()), e);
    }
  }

  private static long defaultZoneBytes(long sizeBytes) {
    long share = Long.highestOneBit(Math.max(1, sizeBytes / WANTED_ZONES));
    return Math.max(EmulatedGeometry.DEFAULT_BLOCK_SIZE_BYTES, Math.min(DEFAULT_ZONE_BYTES, share));
  }
}
