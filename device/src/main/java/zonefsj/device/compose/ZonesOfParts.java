// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.io.IOException;
import java.util.List;
import zonefsj.device.ZoneCondition;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.software.SoftwareZoneStates;
import zonefsj.device.software.ZoneStateMachine;
import zonefsj.device.software.ZoneStorage;

/**
 * What storages that consist of zones have in common: the conditions are on the parts already, so
 * nothing is saved, and a reset takes place on the parts first.
 */
abstract class ZonesOfParts implements ZoneStorage {
  final ComposedParts parts;

  final PendingResets resets = new PendingResets();

  ZonesOfParts(ComposedParts parts) {
    this.parts = parts;
  }

  /** Resets the zones of the parts. */
  abstract void resetParts(int zone) throws IOException;

  @Override
  public final int copies() {
    return parts.copies();
  }

  @Override
  public final void saveState(int zone, SoftwareZoneStates states) {
    // The parts have the state already.
  }

  @Override
  public final void reset(int zone, SoftwareZoneStates states, Emptying emptying)
      throws IOException {
    ZoneCondition condition = states.state(zone).condition();
    // Asked first: a zone that refuses must keep its content. One that is empty needs nothing.
    if (condition.isActive() || condition == ZoneCondition.FULL) {
      resetParts(zone);
    }
    emptying.run();
  }

  @Override
  public final void flush(SoftwareZoneStates states) throws IOException {
    resets.flush(parts::flush);
  }

  @Override
  public void close() throws IOException {
    parts.close();
  }

  /**
   * Finishes the zones that the state machine has finished because more were active than the limit
   * allows: the parts were used one by one before.
   *
   * @param before the states that the machine was given
   */
  final void finishExcess(ZoneStateMachine machine, List<SoftwareZoneState> before)
      throws IOException {
    for (int zone = 0; zone < before.size(); zone++) {
      ZoneCondition now = machine.state(zone).condition();
      if (now == ZoneCondition.FULL && before.get(zone).condition() != now) {
        finish(zone);
      }
    }
  }
}
