// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.util.HashSet;
import java.util.Set;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;

/**
 * Counts the places where a copy of a drive has wrong bytes while another copy is right, as readers
 * tell them. Takes about 50 bytes for each place. Used by one thread.
 */
final class WrongPlaces extends FilterZonedDevice {
  private record Place(int copy, long positionBytes) {}

  private final Set<Place> places = new HashSet<>();

  WrongPlaces(ZonedDevice delegate) {
    super(delegate);
  }

  /** Number of places. */
  int count() {
    return places.size();
  }

  @Override
  public void noteWrong(int copy, long positionBytes) {
    places.add(new Place(copy, positionBytes));
    super.noteWrong(copy, positionBytes);
  }
}
