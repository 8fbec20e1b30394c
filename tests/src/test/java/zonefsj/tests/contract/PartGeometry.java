// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.util.OptionalInt;
import zonefsj.device.emulated.EmulatedGeometry;

/** Geometries of the drives of which a drive is made that is to have a given geometry. */
final class PartGeometry {
  private static final int LABEL_ZONES = 2;
  private static final int RESERVED_ACTIVE = 2;

  private PartGeometry() {}

  /** A member of a mirror. */
  static EmulatedGeometry ofMember(EmulatedGeometry mirror) {
    OptionalInt active = mirror.maxActiveZones();
    return of(
        mirror,
        1,
        active.isPresent() ? OptionalInt.of(active.getAsInt() + RESERVED_ACTIVE) : active);
  }

  /** A part of a striped drive of two. */
  static EmulatedGeometry ofHalf(EmulatedGeometry striped) {
    return of(striped, 2, striped.maxActiveZones());
  }

  private static EmulatedGeometry of(EmulatedGeometry whole, int parts, OptionalInt active) {
    return new EmulatedGeometry(
        (whole.sizeBytes() + LABEL_ZONES * whole.zoneSizeBytes()) / parts,
        whole.zoneSizeBytes() / parts,
        whole.zoneCapacityBytes() / parts,
        whole.conventionalZones() == 0 ? 0 : LABEL_ZONES + whole.conventionalZones(),
        whole.maxOpenZones(),
        active,
        whole.blockSizeBytes(),
        whole.maxAppendBytes());
  }
}
