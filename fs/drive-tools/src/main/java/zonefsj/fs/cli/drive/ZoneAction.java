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

/** What can be done to a zone by hand. */
public enum ZoneAction {
  /** Gives up what the zone holds. */
  RESET,
  /** Takes one of the open zones that the drive allows. */
  OPEN,
  /** Gives it back. */
  CLOSE,
  /** Fills the zone up. */
  FINISH;

  /** Does it to a zone, or fails as {@link ZonedDevice} says. */
  public void apply(ZonedDevice device, int zone) throws IOException {
    switch (this) {
      case RESET -> device.reset(zone);
      case OPEN -> device.open(zone);
      case CLOSE -> device.close(zone);
      case FINISH -> device.finish(zone);
    }
  }

  /** Sequential zones in these conditions are changed by it; others stay, or refuse it. */
  public Set<ZoneCondition> changed() {
    return switch (this) {
      case RESET -> EnumSet.of(IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED, FULL);
      case OPEN -> EnumSet.of(EMPTY, IMPLICIT_OPEN, CLOSED);
      case CLOSE -> EnumSet.of(IMPLICIT_OPEN, EXPLICIT_OPEN);
      case FINISH -> EnumSet.of(EMPTY, IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED);
    };
  }

  /** Words of all actions. */
  public static List<String> words() {
    return Arrays.stream(values()).map(ZoneAction::word).toList();
  }

  /** The action of a word. */
  public static Optional<ZoneAction> find(String word) {
    return Arrays.stream(values()).filter(action -> action.word().equals(word)).findFirst();
  }

  private String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
