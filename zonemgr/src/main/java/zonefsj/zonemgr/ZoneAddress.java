// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

/**
 * Where an append landed.
 *
 * @param zone index of the zone
 * @param positionBytes absolute position of the first byte
 */
public record ZoneAddress(int zone, long positionBytes) {}
