// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import zonefsj.device.ZonedDevice;

/**
 * A parsed SPEC: the text by which a user names a drive.
 *
 * <pre>
 * SPEC     = KIND "(" [ARGUMENT *("," ARGUMENT)] ")"
 *          | KIND ":" REST               REST extends to the end of the SPEC, see {@link DeviceKind.Form}
 *          | "UUID=" UUID | "LABEL=" LABEL
 *          | PATH                        a block device or an image
 * ARGUMENT = NAME "=" WORD | SPEC | WORD
 * </pre>
 *
 * Spaces around an argument do not count. A word or path that contains a comma, a parenthesis, a
 * quotation mark, or what looks like a kind or an option stands in quotation marks; in these, a
 * backslash takes the special meaning from the character after it.
 *
 * <p>Immutable. {@code toString()} returns a SPEC that means the same.
 */
public interface DeviceSpec {
  /**
   * Opens the drive. The caller closes it.
   *
   * @throws IOException with a one-line message: the problem, the place, the remedy
   */
  ZonedDevice open(DeviceOpening opening) throws IOException;

  /** The SPECs of which this one is made; empty for a single drive. */
  List<DeviceSpec> parts();

  /**
   * The same drive, made of others, for a trial that leaves nothing behind: what this drive keeps
   * beside its parts is in memory. A kind that has parts overrides this.
   *
   * @param parts as many as {@link #parts}, in the same order
   */
  default DeviceSpec forTrial(List<DeviceSpec> parts) {
    if (!parts.isEmpty()) {
      throw new IllegalStateException(this + " cannot be made of other parts");
    }
    return this;
  }

  /**
   * The same drive by a SPEC that stays valid in any directory, and after another drive is plugged
   * in.
   *
   * @param lookup finds drives by UUID and label; one that is not found stays as it is
   */
  DeviceSpec absolute(DeviceLookup lookup) throws IOException;

  /** Whether the drive is new, with nothing on it, each time it is opened. */
  default boolean isNew() {
    return !parts().isEmpty() && parts().stream().allMatch(DeviceSpec::isNew);
  }

  /** Whether changes of the drive are lost when it is closed. */
  default boolean losesChanges() {
    return parts().stream().anyMatch(DeviceSpec::losesChanges);
  }

  /** Bytes of Java heap that the drive can take for data. */
  default long memoryBytes() {
    return parts().stream().mapToLong(DeviceSpec::memoryBytes).sum();
  }

  /**
   * Bytes of Java heap for what must be known of the drive, besides. Asks the drive, and supposes a
   * large one if it does not answer; so the answers may differ.
   */
  default long indexBytes() {
    return parts().stream().mapToLong(DeviceSpec::indexBytes).sum();
  }

  /** Bytes of memory outside the Java heap that the drive can take for data. */
  default long directMemoryBytes() {
    return parts().stream().mapToLong(DeviceSpec::directMemoryBytes).sum();
  }

  /** Whether bytes are encrypted in this process: then its compiler is worth the most. */
  default boolean encrypts() {
    return parts().stream().anyMatch(DeviceSpec::encrypts);
  }

  /** Whether its creation empties its parts and writes labels to them. */
  default boolean labelsParts() {
    return parts().stream().anyMatch(DeviceSpec::labelsParts);
  }

  /**
   * Files that decide what a client of the drive runs, which may be absent: whoever can change one
   * runs programs as the user of this process.
   */
  default List<Path> clientFiles() {
    return parts().stream().flatMap(part -> part.clientFiles().stream()).toList();
  }

  /**
   * Lets the next open take the drive from another host that has not closed it, and keep that host
   * from writing.
   *
   * @return false if no drive of this kind belongs to a host
   */
  default boolean takeOver() {
    // All of them.
    return parts().stream().map(DeviceSpec::takeOver).reduce(false, Boolean::logicalOr);
  }

  /**
   * Whether an open for writing claims a drive, so that another host which has it open loses it.
   */
  default boolean isClaimed() {
    return parts().stream().anyMatch(DeviceSpec::isClaimed);
  }

  /** The single drives of which this one is made, itself if it is one, from left to right. */
  default Stream<DeviceSpec> singleDrives() {
    return parts().isEmpty() ? Stream.of(this) : parts().stream().flatMap(DeviceSpec::singleDrives);
  }

  /**
   * The single drives to which a change of this drive goes: none that is only read below a layer,
   * and none that keeps bytes of another one for a while.
   */
  default Stream<DeviceSpec> changedDrives() {
    return parts().isEmpty()
        ? Stream.of(this)
        : parts().stream().flatMap(DeviceSpec::changedDrives);
  }

  /**
   * Parses a SPEC; accesses no drives.
   *
   * @throws DeviceSpecException with a one-line message if it is invalid
   */
  static DeviceSpec parse(String text) throws DeviceSpecException {
    return SpecParser.parse(text);
  }
}
