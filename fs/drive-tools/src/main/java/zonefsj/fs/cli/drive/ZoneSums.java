// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.util.List;
import zonefsj.device.ByteSize;
import zonefsj.device.ZoneDescriptor;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.terminal.Table;
import zonefsj.fs.volume.ZoneView;

/**
 * Zones, summed up.
 *
 * @param zones number of zones
 * @param sizeBytes sum of their sizes
 * @param capacityBytes sum of their capacities
 * @param writtenBytes sum of the bytes below their write pointers
 */
record ZoneSums(int zones, long sizeBytes, long capacityBytes, long writtenBytes) {

  static ZoneSums of(List<ZoneView> zones) {
    long size = 0;
    long capacity = 0;
    long written = 0;
    for (ZoneView zone : zones) {
      ZoneDescriptor descriptor = zone.descriptor();
      size += descriptor.sizeBytes();
      capacity += descriptor.capacityBytes();
      written += descriptor.writtenBytes();
    }
    return new ZoneSums(zones.size(), size, capacity, written);
  }

  List<String> table() {
    Table table = new Table(">zones", ">size", ">capacity", ">written");
    table.row(
        zones,
        ByteSize.format(sizeBytes),
        ByteSize.format(capacityBytes),
        ByteSize.format(writtenBytes));
    return table.lines();
  }

  List<String> csv() {
    return List.of(
        "zones,size,capacity,written",
        zones + "," + sizeBytes + "," + capacityBytes + "," + writtenBytes);
  }

  Json.JsonObject json() {
    return Json.structure()
        .put("zones", zones)
        .put("size", sizeBytes)
        .put("capacity", capacityBytes)
        .put("written", writtenBytes)
        .build();
  }
}
