// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Predicate;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.fs.cli.drive.ZoneRange;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.options.UsageError;

/**
 * The zones of a measurement, and the bytes in each.
 *
 * @param parts one for each zone
 * @param blockBytes bytes of one access
 */
public record BenchPlan(List<Part> parts, int blockBytes) {
  private static final int MAX_BUFFERS_BYTES = 256 << 20;

  /**
   * The part of a measurement in one zone.
   *
   * @param zone the zone as reported before the measurement
   * @param bytes bytes to write or read, from the start of the zone
   */
  public record Part(ZoneDescriptor zone, long bytes) {}

  /**
   * Chooses the first zones that are suitable.
   *
   * @param report all zones of the drive
   * @throws UsageError if the request is invalid for this drive
   * @throws UserError if the drive cannot serve the request now
   */
  public static BenchPlan of(
      DeviceGeometry geometry, List<ZoneDescriptor> report, BenchRequest request)
      throws UsageError, UserError {
    checkNumbers(geometry, request);
    List<Part> parts = new ArrayList<>();
    for (ZoneDescriptor zone : report.subList(request.from(), report.size())) {
      if (parts.size() < request.zones() && isUsable(zone, request)) {
        parts.add(new Part(zone, bytesOf(zone, request)));
      }
    }
    if (parts.size() < request.zones()) {
      throw new UserError(tooFew(parts.size(), request));
    }
    if (request.write()) {
      checkLimits(geometry, report, parts);
    }
    return new BenchPlan(List.copyOf(parts), request.blockBytes());
  }

  /** Bytes of all zones together. */
  public long totalBytes() {
    return parts.stream().mapToLong(Part::bytes).sum();
  }

  private static void checkNumbers(DeviceGeometry geometry, BenchRequest request)
      throws UsageError {
    int block = geometry.blockSizeBytes();
    if (request.zones() < 1) {
      throw new UsageError("--zones " + request.zones() + ": give 1 or more");
    }
    if (request.from() < 0) {
      throw new UsageError("--from " + request.from() + ": zones are numbered from 0");
    }
    new ZoneRange(request.from(), request.from()).checkWithin(geometry.zoneCount());
    checkBlocks("--block-size", request.blockBytes(), block);
    if (request.sizeBytes() != null) {
      checkBlocks("--size", request.sizeBytes(), block);
      if (request.sizeBytes() > geometry.zoneSizeBytes()) {
        throw new UsageError(
            "--size "
                + ByteSize.format(request.sizeBytes())
                + " is for each zone, and zones have "
                + ByteSize.format(geometry.zoneSizeBytes()));
      }
    }
    if ((long) request.blockBytes() * request.zones() > MAX_BUFFERS_BYTES) {
      throw new UsageError(
          request.zones()
              + " zones in blocks of "
              + ByteSize.format(request.blockBytes())
              + " need too much memory: at most "
              + ByteSize.format(MAX_BUFFERS_BYTES)
              + " together");
    }
  }

  private static void checkBlocks(String option, long bytes, int block) throws UsageError {
    if (bytes == 0 || bytes % block != 0) {
      throw new UsageError(
          option
              + " "
              + bytes
              + ": give a multiple of the block size of "
              + ByteSize.format(block));
    }
  }

  private static boolean isUsable(ZoneDescriptor zone, BenchRequest request) {
    if (zone.type() == ZoneType.CONVENTIONAL
        || zone.condition() == ZoneCondition.OFFLINE
        || bytesOf(zone, request) == 0) {
      return false;
    }
    if (!request.write()) {
      return request.sizeBytes() == null || readable(zone) >= request.sizeBytes();
    }
    return (request.reset() ? zone.hasWritePointer() : zone.condition() == ZoneCondition.EMPTY)
        && (request.sizeBytes() == null || zone.capacityBytes() >= request.sizeBytes());
  }

  private static long bytesOf(ZoneDescriptor zone, BenchRequest request) {
    long most = request.write() ? zone.capacityBytes() : readable(zone);
    return request.sizeBytes() == null ? most : Math.min(most, request.sizeBytes());
  }

  private static long readable(ZoneDescriptor zone) {
    return zone.hasWritePointer() ? zone.writtenBytes() : zone.capacityBytes();
  }

  private static String tooFew(int found, BenchRequest request) {
    Long size = request.sizeBytes();
    String what =
        request.write()
            ? (request.reset() ? " can be written" : " are empty")
                + (size == null ? "" : " and take " + ByteSize.format(size))
            : " hold " + (size == null ? "anything" : ByteSize.format(size));
    String advice =
        request.write()
            ? request.reset() ? "" : "; --reset takes others, too, and gives up what they hold"
            : "; 'bench --write' writes some";
    return "of the zones from "
        + request.from()
        + " on only "
        + found
        + what
        + ", not "
        + request.zones()
        + advice;
  }

  /** Checks the drive's limits. Other zones that stay open or active count, too. */
  private static void checkLimits(
      DeviceGeometry geometry, List<ZoneDescriptor> report, List<Part> parts) throws UserError {
    List<Integer> chosen = parts.stream().map(part -> part.zone().index()).toList();
    Predicate<ZoneDescriptor> other = zone -> !chosen.contains(zone.index());
    long heldOpen =
        report.stream()
            .filter(other)
            .filter(zone -> zone.condition() == ZoneCondition.EXPLICIT_OPEN)
            .count();
    long heldActive =
        report.stream().filter(other).filter(zone -> zone.condition().isActive()).count();
    checkLimit("open", geometry.maxOpenZones(), heldOpen, parts.size());
    checkLimit("active", geometry.maxActiveZones(), heldActive, parts.size());
  }

  private static void checkLimit(String what, OptionalInt limit, long held, int wanted)
      throws UserError {
    if (limit.isPresent() && held + wanted > limit.getAsInt()) {
      throw new UserError(
          "the drive allows "
              + limit.getAsInt()
              + " "
              + what
              + " zones"
              + (held == 0 ? "" : ", and others hold " + held)
              + ": "
              + wanted
              + " more cannot be written at once"
              + (held == 0 ? "" : "; reset or finish others, or give fewer --zones"));
    }
  }
}
