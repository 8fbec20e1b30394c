// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import java.io.IOException;
import java.util.Optional;

/**
 * Finds a drive by its filesystem. The filesystem provides this interface, because only it can read
 * a label. A lookup changes no drive.
 *
 * <p>Threading: thread-safe. It may take seconds, because it reads the candidates.
 */
@FunctionalInterface
public interface DeviceLookup {
  /** The property by which to find a drive. */
  enum Tag {
    /** The filesystem's UUID. */
    UUID,
    /** The filesystem's label. */
    LABEL
  }

  /**
   * Finds a drive.
   *
   * @param value the UUID in its usual form, or the label
   * @return the SPEC of the drive; empty if there is none
   * @throws IOException with a message for the user if several drives match, or the search fails
   */
  Optional<String> find(Tag tag, String value) throws IOException;

  /** A lookup that finds nothing. */
  static DeviceLookup none() {
    return (tag, value) -> Optional.empty();
  }
}
