// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import static zonefsj.device.ZoneCondition.CLOSED;
import static zonefsj.device.ZoneCondition.EMPTY;
import static zonefsj.device.ZoneCondition.EXPLICIT_OPEN;
import static zonefsj.device.ZoneCondition.FULL;
import static zonefsj.device.ZoneCondition.IMPLICIT_OPEN;
import static zonefsj.device.ZoneCondition.OFFLINE;
import static zonefsj.device.ZoneCondition.READ_ONLY;

import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.ZoneInjection;
import zonefsj.device.spec.NearestName;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.options.UsageError;

/** Manual operations on a zone. */
public enum ZoneAction {
  /** Empties the zone; its content is lost. */
  RESET,
  /** Opens the zone explicitly; it counts against the drive's limit of open zones. */
  OPEN,
  /** Closes the zone; it no longer counts as open. */
  CLOSE,
  /** Makes the zone full. */
  FINISH,
  /** Turns a zone of an emulated drive read-only, as a drive does on which it wears out. */
  FAIL_READ_ONLY,
  /** Turns a zone of an emulated drive offline: its content is lost. */
  FAIL_OFFLINE;

  private static final String FAIL = "fail";

  /** What every drive does. */
  private static final Set<ZoneAction> BY_HAND = EnumSet.of(RESET, OPEN, CLOSE, FINISH);

  /**
   * Applies the operation to a zone; fails as {@link ZonedDevice} specifies.
   *
   * @throws UserError if the zones of this drive cannot be made to fail
   */
  public void apply(ZonedDevice device, int zone) throws IOException {
    switch (this) {
      case RESET -> device.reset(zone);
      case OPEN -> device.open(zone);
      case CLOSE -> device.close(zone);
      case FINISH -> device.finish(zone);
      case FAIL_READ_ONLY -> emulated(device).setReadOnly(zone);
      case FAIL_OFFLINE -> emulated(device).setOffline(zone);
    }
  }

  private static ZoneInjection emulated(ZonedDevice device) throws UserError {
    if (device instanceof ZoneInjection drive) {
      return drive;
    }
    throw new UserError(
        device.geometry().description()
            + ": only zones of an emulated drive can be made to fail: give the path of one image");
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
      case FAIL_READ_ONLY -> EnumSet.complementOf(EnumSet.of(READ_ONLY, OFFLINE));
      case FAIL_OFFLINE -> EnumSet.complementOf(EnumSet.of(OFFLINE));
    };
  }

  /**
   * Finds an operation by its name.
   *
   * @param failure the condition in which the zones of {@code fail} end; null if none is given
   * @throws UsageError if there is none, or the condition does not belong to it
   */
  public static ZoneAction of(String word, @Nullable ZoneCondition failure) throws UsageError {
    if (word.equals(FAIL)) {
      if (failure == null) {
        throw new UsageError("zone fail: give --read-only or --offline, one of them");
      }
      return failure == OFFLINE ? FAIL_OFFLINE : FAIL_READ_ONLY;
    }
    Optional<ZoneAction> known =
        BY_HAND.stream().filter(action -> action.word().equals(word)).findFirst();
    if (known.isEmpty()) {
      throw new UsageError(
          "'"
              + word
              + "' cannot be done to a zone, the nearest that can is '"
              + NearestName.of(word, words()).orElseThrow()
              + "'");
    }
    if (failure != null) {
      throw new UsageError("zone " + word + ": --read-only and --offline belong to 'zone fail'");
    }
    return known.orElseThrow();
  }

  /** The conditions in which an operation changes a zone; none if there is no such operation. */
  static Set<ZoneCondition> changedBy(String word) {
    return Arrays.stream(values())
        .filter(action -> word.equals(BY_HAND.contains(action) ? action.word() : FAIL))
        .flatMap(action -> action.changed().stream())
        .collect(Collectors.toSet());
  }

  private static List<String> words() {
    return Stream.concat(
            BY_HAND.stream().map(ZoneAction::word),
            Stream.of(FAIL, DriveTransfer.DUMP, DriveTransfer.RESTORE))
        .toList();
  }

  private String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
