// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.DeviceModel;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.software.DriveProfile;
import zonefsj.device.software.ZoneShapes;
import zonefsj.device.software.ZoneStateMachine;

/**
 * The geometry of an emulated drive. Its constructor rejects impossible values with a message for
 * the user.
 *
 * @param sizeBytes size of the drive; if it is no multiple of the zone size, the last zone is
 *     shorter
 * @param zoneSizeBytes distance between the starts of two zones
 * @param zoneCapacityBytes capacity of a sequential zone, at most its size
 * @param conventionalZones number of conventional zones at the front
 * @param maxOpenZones limit of open zones; empty: none
 * @param maxActiveZones limit of active zones, not below that of open ones; empty: none
 * @param blockSizeBytes block size, a power of two from 512 to 64 KiB
 * @param maxAppendBytes longest append
 */
public record EmulatedGeometry(
    long sizeBytes,
    long zoneSizeBytes,
    long zoneCapacityBytes,
    int conventionalZones,
    OptionalInt maxOpenZones,
    OptionalInt maxActiveZones,
    int blockSizeBytes,
    int maxAppendBytes)
    implements ZoneShapes {

  /** Default of {@link Builder}. */
  public static final int DEFAULT_MAX_OPEN_ZONES = 8;

  /** Default of {@link Builder}. */
  public static final int DEFAULT_MAX_ACTIVE_ZONES = 12;

  /** Default of {@link Builder} if the drive is large enough. */
  public static final long DEFAULT_ZONE_SIZE_BYTES = 16L << 20;

  /** Default of {@link Builder}. */
  public static final int DEFAULT_BLOCK_SIZE_BYTES = 4096;

  private static final int DEFAULT_MAX_APPEND_BYTES = 4 << 20;
  private static final int MIN_BLOCK_SIZE_BYTES = 512;
  private static final int MAX_BLOCK_SIZE_BYTES = 64 << 10;

  /** Most zones of a drive. */
  static final int MAX_ZONES = 1 << 18;

  /**
   * Checks the consistency of the values.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  public EmulatedGeometry {
    require(
        Integer.bitCount(blockSizeBytes) == 1
            && blockSizeBytes >= MIN_BLOCK_SIZE_BYTES
            && blockSizeBytes <= MAX_BLOCK_SIZE_BYTES,
        "block size "
            + ByteSize.format(blockSizeBytes)
            + " will not do: it must be a power of two from 512 to 64K");
    requireBlocks("size", sizeBytes, blockSizeBytes);
    requireBlocks("zone size", zoneSizeBytes, blockSizeBytes);
    requireBlocks("zone capacity", zoneCapacityBytes, blockSizeBytes);
    requireBlocks("longest append", maxAppendBytes, blockSizeBytes);
    require(
        zoneCapacityBytes <= zoneSizeBytes,
        "zone capacity "
            + ByteSize.format(zoneCapacityBytes)
            + " is larger than the zone size "
            + ByteSize.format(zoneSizeBytes));
    long zones = (sizeBytes - 1) / zoneSizeBytes + 1;
    require(
        zones <= MAX_ZONES,
        "a drive of "
            + ByteSize.format(sizeBytes)
            + " in zones of "
            + ByteSize.format(zoneSizeBytes)
            + " would have "
            + zones
            + " zones, at most "
            + MAX_ZONES
            + " are possible: make the zones larger");
    require(
        conventionalZones >= 0 && conventionalZones < zones,
        conventionalZones
            + " conventional zones will not do: the drive has "
            + zones
            + " zones and at least one must be sequential");
    require(
        maxOpenZones.isEmpty() || maxOpenZones.getAsInt() > 0,
        "the limit of open zones must be at least 1");
    require(
        maxActiveZones.isEmpty() || maxActiveZones.getAsInt() > 0,
        "the limit of active zones must be at least 1");
    require(
        maxOpenZones.isEmpty()
            || maxActiveZones.isEmpty()
            || maxOpenZones.getAsInt() <= maxActiveZones.getAsInt(),
        "the limit of open zones ("
            + text(maxOpenZones)
            + ") is larger than that of active zones ("
            + text(maxActiveZones)
            + ")");
  }

  /** A drive of {@code sizeBytes} with defaults for everything else. */
  public static EmulatedGeometry ofSize(long sizeBytes) {
    return builder(sizeBytes).build();
  }

  /** Starts from the defaults for a drive of {@code sizeBytes}. */
  public static Builder builder(long sizeBytes) {
    return new Builder(sizeBytes);
  }

  /** The same zones, and more or fewer of them. */
  EmulatedGeometry withSizeBytes(long bytes) {
    return new EmulatedGeometry(
        bytes,
        zoneSizeBytes,
        zoneCapacityBytes,
        conventionalZones,
        maxOpenZones,
        maxActiveZones,
        blockSizeBytes,
        maxAppendBytes);
  }

  /** Number of zones, including a shorter last one. */
  @Override
  public int zoneCount() {
    return Math.toIntExact((sizeBytes - 1) / zoneSizeBytes + 1);
  }

  /** Whether {@code zone} is one of the conventional zones at the front. */
  @Override
  public boolean isConventional(int zone) {
    return zone < conventionalZones;
  }

  /** Size of one zone in bytes. */
  @Override
  public long sizeOfBytes(int zone) {
    return Math.min(zoneSizeBytes, sizeBytes - zone * zoneSizeBytes);
  }

  /** Capacity of one zone in bytes. */
  @Override
  public long capacityOfBytes(int zone) {
    long size = sizeOfBytes(zone);
    return isConventional(zone) ? size : Math.min(zoneCapacityBytes, size);
  }

  /** The report of a new drive: every sequential zone is empty. */
  public List<ZoneDescriptor> newZones() {
    ZoneStateMachine zones = new ZoneStateMachine(this, DriveProfile.STANDARD);
    return IntStream.range(0, zoneCount()).mapToObj(zones::describe).toList();
  }

  /** Converts to the geometry that a drive reports. */
  public DeviceGeometry toDeviceGeometry(String description) {
    return new DeviceGeometry(
        DeviceModel.HOST_MANAGED,
        blockSizeBytes,
        zoneCount(),
        zoneSizeBytes,
        sizeBytes,
        maxOpenZones,
        maxActiveZones,
        maxAppendBytes,
        description);
  }

  private static void requireBlocks(String what, long bytes, int blockSizeBytes) {
    require(bytes > 0, what + " must be more than 0");
    require(
        bytes % blockSizeBytes == 0,
        what
            + " "
            + ByteSize.format(bytes)
            + " is not a multiple of the block size "
            + ByteSize.format(blockSizeBytes));
  }

  private static void require(boolean condition, String words) {
    if (!condition) {
      throw new IllegalArgumentException(words);
    }
  }

  private static String text(OptionalInt limit) {
    return limit.isPresent() ? Integer.toString(limit.getAsInt()) : "none";
  }

  /**
   * Collects the user's values and adds defaults: zones of 16 MiB, or of a 64th of a smaller drive;
   * the full size as capacity; 8 open and 12 active zones, adapted to each other if only one is
   * given. Not thread-safe.
   */
  public static final class Builder {
    private static final int WANTED_ZONES = 64;

    private final long sizeBytes;
    private int blockSizeBytes = DEFAULT_BLOCK_SIZE_BYTES;
    private int maxAppendBytes = DEFAULT_MAX_APPEND_BYTES;
    private int conventionalZones;
    private long zoneSizeBytes = -1;
    private long zoneCapacityBytes = -1;
    private @Nullable OptionalInt maxOpenZones;
    private @Nullable OptionalInt maxActiveZones;

    private Builder(long sizeBytes) {
      this.sizeBytes = sizeBytes;
    }

    /** Sets the block size. */
    public Builder blockSizeBytes(int bytes) {
      blockSizeBytes = bytes;
      return this;
    }

    /** Sets the longest append. */
    public Builder maxAppendBytes(int bytes) {
      maxAppendBytes = bytes;
      return this;
    }

    /** Sets the number of conventional zones at the front. */
    public Builder conventionalZones(int zones) {
      conventionalZones = zones;
      return this;
    }

    /** Sets the zone size. */
    public Builder zoneSizeBytes(long bytes) {
      zoneSizeBytes = bytes;
      return this;
    }

    /** Sets the capacity of a sequential zone. */
    public Builder zoneCapacityBytes(long bytes) {
      zoneCapacityBytes = bytes;
      return this;
    }

    /** Sets the limit of open zones; empty: none. */
    public Builder maxOpenZones(OptionalInt zones) {
      maxOpenZones = zones;
      return this;
    }

    /** Sets the limit of open zones. */
    public Builder maxOpenZones(int zones) {
      return maxOpenZones(OptionalInt.of(zones));
    }

    /** Sets the limit of active zones; empty: none. */
    public Builder maxActiveZones(OptionalInt zones) {
      maxActiveZones = zones;
      return this;
    }

    /** Sets the limit of active zones. */
    public Builder maxActiveZones(int zones) {
      return maxActiveZones(OptionalInt.of(zones));
    }

    /**
     * Adds the defaults.
     *
     * @throws IllegalArgumentException with a message for the user if the values are inconsistent
     */
    public EmulatedGeometry build() {
      long zoneSize = zoneSizeBytes < 0 ? defaultZoneSizeBytes() : zoneSizeBytes;
      OptionalInt open = maxOpenZones;
      OptionalInt active = maxActiveZones;
      if (open == null) {
        open =
            active == null || active.isEmpty()
                ? OptionalInt.of(DEFAULT_MAX_OPEN_ZONES)
                : OptionalInt.of(Math.min(DEFAULT_MAX_OPEN_ZONES, active.getAsInt()));
      }
      if (active == null) {
        active =
            open.isEmpty()
                ? OptionalInt.empty()
                : OptionalInt.of(Math.max(DEFAULT_MAX_ACTIVE_ZONES, open.getAsInt()));
      }
      return new EmulatedGeometry(
          sizeBytes,
          zoneSize,
          zoneCapacityBytes < 0 ? zoneSize : zoneCapacityBytes,
          conventionalZones,
          open,
          active,
          blockSizeBytes,
          maxAppendBytes);
    }

    private long defaultZoneSizeBytes() {
      long share = Long.highestOneBit(Math.max(1, sizeBytes / WANTED_ZONES));
      return Math.max(blockSizeBytes, Math.min(DEFAULT_ZONE_SIZE_BYTES, share));
    }
  }
}
