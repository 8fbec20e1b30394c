// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import static zonefsj.device.ZoneCondition.CLOSED;
import static zonefsj.device.ZoneCondition.EMPTY;
import static zonefsj.device.ZoneCondition.EXPLICIT_OPEN;
import static zonefsj.device.ZoneCondition.FULL;
import static zonefsj.device.ZoneCondition.IMPLICIT_OPEN;

import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;

/** Manual operations on a zone. */
public enum ZoneAction {
  /** Empties the zone; its content is lost. */
  RESET,
  /** Opens the zone explicitly; it counts against the drive's limit of open zones. */
  OPEN,
  /** Closes the zone; it no longer counts as open. */
  CLOSE,
  /** Makes the zone full. */
  FINISH;

  /** Applies the operation to a zone; fails as {@link ZonedDevice} specifies. */
  public void apply(ZonedDevice device, int zone) throws IOException {
    switch (this) {
      case RESET -> device.reset(zone);
      case OPEN -> device.open(zone);
      case CLOSE -> device.close(zone);
      case FINISH -> device.finish(zone);
    }
  }

  /**
   * The conditions in which the operation changes a sequential zone. In others it has no effect or
   * fails.
   */
  public Set<ZoneCondition> changed() {
    return switch (this) {
      case RESET -> EnumSet.of(IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED, FULL);
      case OPEN -> EnumSet.of(EMPTY, IMPLICIT_OPEN, CLOSED);
      case CLOSE -> EnumSet.of(IMPLICIT_OPEN, EXPLICIT_OPEN);
      case FINISH -> EnumSet.of(EMPTY, IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED);
    };
  }

  /** Names of all operations. */
  public static List<String> words() {
    return Arrays.stream(values()).map(ZoneAction::word).toList();
  }

  /** Finds an operation by its name. */
  public static Optional<ZoneAction> find(String word) {
    return Arrays.stream(values()).filter(action -> action.word().equals(word)).findFirst();
  }

  private String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
