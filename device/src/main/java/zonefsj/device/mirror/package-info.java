// SPDX-License-Identifier: Apache-2.0
/**
 * Drives that hold the same: {@link zonefsj.device.mirror.MirrorZonedDevice} writes every zone to
 * all of them, and goes on with those that are left.
 *
 * <p>Each member has a label ({@link zonefsj.device.mirror.MirrorLabel}) that says which members
 * are current, with a generation that grows at each change of that.
 *
 * <p>Invariants: a write is acknowledged after it has succeeded on every current member, and a
 * member that fails is no longer current before a later flush returns; a member that is not current
 * serves nothing that it may not have; two members that were written alone, each without the other,
 * are never taken for one mirror.
 *
 * <p>Threading: as {@link zonefsj.device.software.SoftwareZonedDevice}; one thread of each mirror
 * brings members up to date.
 */
@NullMarked
package zonefsj.device.mirror;

import org.jspecify.annotations.NullMarked;
