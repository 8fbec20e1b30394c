// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.delay;

import java.util.Optional;
import java.util.regex.Pattern;
import zonefsj.device.filter.DeviceOperation;

/** The kinds of drives that can be imitated. Stateless and thread-safe. */
public final class LatencyModels {
  private static final Pattern MILLIS = Pattern.compile("[0-9]{1,6}(\\.[0-9]{1,6})?");
  private static final long MICRO = 1_000;
  private static final long MILLI = 1_000_000;

  private LatencyModels() {}

  /**
   * The model of a name: {@code smr}, {@code zns}, or a number of milliseconds for each access.
   *
   * @return empty if it is none of these
   */
  public static Optional<LatencyModel> of(String name) {
    if (name.equals("smr")) {
      return Optional.of(new Disk());
    }
    if (name.equals("zns")) {
      return Optional.of(new Flash());
    }
    return MILLIS.matcher(name).matches()
        ? Optional.of(new Fixed((long) (Double.parseDouble(name) * MILLI)))
        : Optional.empty();
  }

  /**
   * The same time for each access; a report takes none.
   *
   * @param accessNanos that time
   */
  record Fixed(long accessNanos) implements LatencyModel {
    @Override
    public long nanos(
        DeviceOperation operation, long positionBytes, long lengthBytes, long headBytes) {
      return operation == DeviceOperation.REPORT ? 0 : accessNanos;
    }

    @Override
    public boolean isSerial() {
      return false;
    }
  }

  /**
   * A shingled disk with one head: 8.5 ms, the mean of seek and rotation at 7200 revolutions a
   * minute, unless an access follows the last one; 200 MB/s; 10 ms for a change of a zone's state.
   * It has no cache, so a flush takes nothing, and it is slower than a real one.
   */
  record Disk() implements LatencyModel {
    private static final long SEEK_NANOS = 8_500 * MICRO;
    private static final long ZONE_NANOS = 10 * MILLI;
    private static final long BYTES_A_MILLI = 200_000;

    @Override
    public long nanos(
        DeviceOperation operation, long positionBytes, long lengthBytes, long headBytes) {
      return switch (operation) {
        case READ, WRITE, APPEND ->
            (positionBytes == headBytes ? 0 : SEEK_NANOS) + lengthBytes * MILLI / BYTES_A_MILLI;
        case RESET, FINISH, OPEN, CLOSE -> ZONE_NANOS;
        case FLUSH, REPORT -> 0;
      };
    }

    @Override
    public boolean isSerial() {
      return true;
    }
  }

  /**
   * A flash drive with zones, in the range of published measurements (Bjorling et al., ZNS:
   * Avoiding the Block Interface Tax for Flash-based SSDs, USENIX ATC 2021): 80 us and 3 GB/s for a
   * read, 15 us and 1.2 GB/s for a write, 1 ms for a flush, 5 ms for a reset and for a finish.
   */
  record Flash() implements LatencyModel {
    private static final long READ_BYTES_A_MILLI = 3_000_000;
    private static final long WRITE_BYTES_A_MILLI = 1_200_000;

    @Override
    public long nanos(
        DeviceOperation operation, long positionBytes, long lengthBytes, long headBytes) {
      return switch (operation) {
        case READ -> 80 * MICRO + lengthBytes * MILLI / READ_BYTES_A_MILLI;
        case WRITE, APPEND -> 15 * MICRO + lengthBytes * MILLI / WRITE_BYTES_A_MILLI;
        case FLUSH -> MILLI;
        case RESET, FINISH -> 5 * MILLI;
        case OPEN, CLOSE -> 10 * MICRO;
        case REPORT -> 0;
      };
    }

    @Override
    public boolean isSerial() {
      return false;
    }
  }
}
