// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.util.List;
import zonefsj.fs.volume.state.WrongCopies;

/**
 * What was done with places of which a copy of the drive is wrong.
 *
 * @param extents number of extents that were moved
 * @param staying places with data that could not be moved; nothing needed is left at the others
 */
record MovedPlaces(long extents, List<WrongCopies.Place> staying) {}
