// SPDX-License-Identifier: Apache-2.0
/**
 * Drives that are put together from others: one after the other, or side by side.
 *
 * <p>A composed drive keeps the conditions of its zones in software ({@code
 * zonefsj.device.software}) and uses zones of its parts as the storage. On a part only these
 * operations are used: write at the write pointer, finish, reset, report, read, flush. A zone that
 * is active on a part is active on the composed drive, too, so its limits hold on every part.
 *
 * <p>Invariants: the write pointer of a composed zone follows from those of its parts alone, so
 * nothing has to be stored beside them.
 *
 * <p>Threading: as {@link zonefsj.device.software.SoftwareZonedDevice}.
 */
@NullMarked
package zonefsj.device.compose;

import org.jspecify.annotations.NullMarked;
