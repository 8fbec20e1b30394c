// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.zonefs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.DeviceModel;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.block.FileFacts;
import zonefsj.device.software.ReportedShapes;
import zonefsj.device.software.SoftwareZoneState;

/**
 * The zones of a mount: first the conventional ones, then the sequential ones, each in the order of
 * their files. If conventional zones are in one file ({@code aggr_cnv}), it is cut into zones; a
 * rest that is no whole zone is not used. A drive's position is not that of the device below.
 *
 * @param geometry of the drive
 * @param files of its zones
 * @param states of its zones
 */
record ZonefsLayout(DeviceGeometry geometry, List<ZoneFile> files, List<SoftwareZoneState> states) {
  private static final int MAX_APPEND_BYTES = 4 << 20;

  /**
   * Reads sizes and permissions of all files.
   *
   * @throws ZonefsException with a one-line message if they are not those of zonefs
   */
  static ZonefsLayout read(Path directory, ZoneFiles mount) throws IOException {
    List<FileFacts> conventional = facts(directory.resolve("cnv"), mount);
    List<FileFacts> sequential = facts(directory.resolve("seq"), mount);
    if (sequential.isEmpty()) {
      throw new ZonefsException(directory + " has no files of sequential zones (seq/0, ...)");
    }
    long zoneSize = mount.zoneSizeBytes();
    int block = sequential.get(0).blockSizeBytes();
    for (FileFacts file : sequential) {
      zoneSize = Math.max(zoneSize, file.allocatedBytes());
    }
    List<ZoneFile> files = new ArrayList<>();
    List<SoftwareZoneState> states = new ArrayList<>();
    for (int number = 0; number < conventional.size(); number++) {
      FileFacts facts = conventional.get(number);
      Path path = directory.resolve("cnv").resolve(Integer.toString(number));
      for (long at = 0; at + zoneSize <= facts.allocatedBytes(); at += zoneSize) {
        add(new ZoneFile(path, at, zoneSize, true), facts, files, states);
      }
    }
    for (int number = 0; number < sequential.size(); number++) {
      FileFacts facts = sequential.get(number);
      Path path = directory.resolve("seq").resolve(Integer.toString(number));
      check(path, facts, block);
      add(new ZoneFile(path, 0, facts.allocatedBytes(), false), facts, files, states);
    }
    DeviceGeometry geometry =
        new DeviceGeometry(
            DeviceModel.HOST_MANAGED,
            block,
            files.size(),
            zoneSize,
            files.size() * zoneSize,
            mount.maxOpenZones(),
            mount.maxActiveZones(),
            MAX_APPEND_BYTES,
            ZonefsKind.NAME + ":" + directory);
    return new ZonefsLayout(geometry, files, states);
  }

  private static void add(
      ZoneFile file, FileFacts facts, List<ZoneFile> files, List<SoftwareZoneState> states) {
    files.add(file);
    states.add(file.state(facts));
  }

  private static void check(Path path, FileFacts facts, int block) throws ZonefsException {
    long capacity = facts.allocatedBytes();
    if (capacity == 0
        || capacity % block != 0
        || facts.sizeBytes() > capacity
        || facts.sizeBytes() % block != 0) {
      throw new ZonefsException(
          path
              + " is no file of a zone: it has "
              + facts.sizeBytes()
              + " of "
              + capacity
              + " bytes, in blocks of "
              + block);
    }
  }

  /** The files of a group, which have numbers without gaps; none if there is no such group. */
  private static List<FileFacts> facts(Path group, ZoneFiles mount) throws IOException {
    if (!Files.isDirectory(group)) {
      return List.of();
    }
    int count;
    try (Stream<Path> names = Files.list(group)) {
      count = Math.toIntExact(names.count());
    }
    List<FileFacts> facts = new ArrayList<>(count);
    for (int number = 0; number < count; number++) {
      Path file = group.resolve(Integer.toString(number));
      try {
        facts.add(mount.facts(file));
      } catch (IOException e) {
        throw new ZonefsException(
            file + ": one of " + count + " files of zones cannot be used: " + e.getMessage(), e);
      }
    }
    return facts;
  }

  /** The shapes of the zones. */
  ReportedShapes shapes() {
    List<ZoneDescriptor> zones = new ArrayList<>(files.size());
    for (int zone = 0; zone < files.size(); zone++) {
      ZoneFile file = files.get(zone);
      long start = geometry.zoneStartBytes(zone);
      boolean conventional = file.isConventional();
      zones.add(
          new ZoneDescriptor(
              zone,
              conventional ? ZoneType.CONVENTIONAL : ZoneType.SEQUENTIAL_REQUIRED,
              conventional ? ZoneCondition.NOT_WRITE_POINTER : ZoneCondition.EMPTY,
              start,
              geometry.zoneSizeBytes(),
              file.capacityBytes(),
              start));
    }
    return new ReportedShapes(geometry, zones);
  }
}
