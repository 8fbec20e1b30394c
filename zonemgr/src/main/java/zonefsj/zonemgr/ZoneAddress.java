// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

/**
 * Position of appended bytes.
 *
 * @param zone index of the zone
 * @param positionBytes absolute position of the first byte
 */
public record ZoneAddress(int zone, long positionBytes) {}
