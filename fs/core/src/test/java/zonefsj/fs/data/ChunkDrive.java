// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.fault.Fault;
import zonefsj.device.fault.FaultScript;
import zonefsj.device.fault.FaultyZonedDevice;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.filter.ValidatingZonedDevice;
import zonefsj.fs.data.ChunkWriter.Source;
import zonefsj.gc.ChunkWalker;
import zonefsj.zonemgr.ChunkSummary;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneUsage;

/** A chunk writer on a drive that fails by a script, and what it left on the drive. */
final class ChunkDrive implements AutoCloseable {
  private static final UUID FILESYSTEM = new UUID(0xc4, 1);

  final FaultScript script = new FaultScript();

  /** Runs before each zone report. */
  Runnable beforeReport = () -> {};

  final FaultyZonedDevice device;
  final ZoneAllocator allocator;
  final ZoneUsage usage;
  final ChunkWriter writer;
  private final int unitBytes;

  /** A part of a source as it was placed. */
  record Placed(int source, PhysicalExtent data) {}

  ChunkDrive(EmulatedGeometry geometry) throws IOException {
    RamZonedDevice ram = RamZonedDevice.create(geometry);
    device = new FaultyZonedDevice(new ValidatingZonedDevice(ram), this::faultFor, ram);
    allocator = new ZoneAllocator(device, device.report(0, geometry.zoneCount()), 1);
    usage = new ZoneUsage(geometry.zoneCount());
    writer = new ChunkWriter(device, FILESYSTEM, 1, allocator, usage, InstantSource.system());
    unitBytes = FrameHeader.unitBytes(geometry.blockSizeBytes());
  }

  private Optional<Fault> faultFor(DeviceOperation operation, int zone, long ordinal) {
    if (operation == DeviceOperation.REPORT) {
      beforeReport.run();
    }
    return script.faultFor(operation, zone, ordinal);
  }

  /** Zones of some capacity, in blocks of 4096 bytes. */
  static EmulatedGeometry zones(int count, long capacityBytes) {
    return zones(count, capacityBytes, 4096);
  }

  static EmulatedGeometry zones(int count, long capacityBytes, int blockBytes) {
    long size = Math.max(64 << 10, Long.highestOneBit(2 * capacityBytes - 1));
    return EmulatedGeometry.builder(count * size)
        .zoneSizeBytes(size)
        .zoneCapacityBytes(capacityBytes)
        .blockSizeBytes(blockBytes)
        .build();
  }

  /** Sources of some lengths, one file each. */
  static List<Source> sources(long seed, int... lengths) {
    Random random = new Random(seed);
    List<Source> sources = new ArrayList<>();
    for (int length : lengths) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      sources.add(new Source(sources.size() + 1L, 4096L * sources.size(), ByteBuffer.wrap(bytes)));
    }
    return sources;
  }

  /** Writes, and checks that every byte can be read from where it is said to be, and once. */
  List<List<PhysicalExtent>> write(DataStream stream, List<Source> sources) throws IOException {
    long[] heard = {0};
    List<List<PhysicalExtent>> placed =
        writer.write(stream, sources, (zone, bytes) -> heard[0] += bytes);
    long given = 0;
    List<PhysicalExtent> all = new ArrayList<>();
    for (int index = 0; index < sources.size(); index++) {
      given += sources.get(index).bytes().remaining();
      checkBytes(sources.get(index), placed.get(index));
      all.addAll(placed.get(index));
    }
    assertThat(heard[0]).as("bytes that the listener heard of").isEqualTo(given);
    all.sort((a, b) -> Long.compare(a.positionBytes(), b.positionBytes()));
    for (int index = 1; index < all.size(); index++) {
      assertThat(all.get(index).positionBytes())
          .as("no two parts overlap")
          .isGreaterThanOrEqualTo(
              all.get(index - 1).positionBytes() + all.get(index - 1).lengthBytes());
    }
    return placed;
  }

  private void checkBytes(Source source, List<PhysicalExtent> parts) throws IOException {
    ByteBuffer expected = source.bytes().duplicate();
    int block = device.geometry().blockSizeBytes();
    for (PhysicalExtent part : parts) {
      int lead = (int) (part.positionBytes() % block);
      int span = (int) FrameHeader.roundUp((long) lead + part.lengthBytes(), block);
      ByteBuffer found = ByteBuffer.allocate(span);
      device.read(part.positionBytes() - lead, found);
      found.position(lead).limit(lead + part.lengthBytes());
      assertThat(part.checksums().firstMismatch(found, 0)).isEqualTo(-1);
      int end = expected.position() + part.lengthBytes();
      assertThat(end).as("placed bytes of a source").isLessThanOrEqualTo(expected.limit());
      assertThat(found).isEqualTo(expected.duplicate().limit(end));
      expected.position(end);
    }
    assertThat(expected.remaining()).as("bytes of a source that are in no zone").isZero();
  }

  /** Bytes of padding frames in each zone, as the frames on the drive tell. */
  long[] paddingBytes() throws IOException {
    int zones = device.geometry().zoneCount();
    long[] padding = new long[zones];
    for (ZoneDescriptor zone : device.report(0, zones)) {
      long end = zone.startBytes() + zone.writtenBytes();
      long at = zone.startBytes();
      while (at + unitBytes <= end) {
        ByteBuffer head = ByteBuffer.allocate(unitBytes);
        device.read(at, head);
        FrameHeader header = FrameHeader.decode(head.flip());
        if (header == null) {
          break;
        }
        assertThat(at + header.frameBytes()).as("end of a frame").isLessThanOrEqualTo(end);
        if (header.kind() == FrameKind.PADDING) {
          padding[zone.index()] += header.frameBytes();
        } else {
          checkChunk(at, header);
        }
        at += header.frameBytes();
      }
    }
    return padding;
  }

  private void checkChunk(long at, FrameHeader header) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(header.frameBytes());
    device.read(at, frame);
    frame.flip();
    assertThat(header.verifies(frame)).isTrue();
    frame.limit(FrameHeader.BYTES + header.payloadBytes()).position(FrameHeader.BYTES);
    long used = 0;
    ChunkSummary summary = ChunkSummary.decode(frame, header.frameBytes());
    for (ChunkSummary.Piece piece : summary.pieces()) {
      used = Math.max(used, (long) piece.frameOffset() + piece.lengthBytes());
    }
    assertThat(header.frameBytes() - used).as("padding of a chunk").isBetween(0L, unitBytes - 1L);
  }

  /** The chunks that a walk through a zone finds. */
  List<ChunkWalker.FoundChunk> chunks(int zone) throws IOException {
    ChunkWalker walker = new ChunkWalker(device, FILESYSTEM, device.report(zone, 1).get(0));
    List<ChunkWalker.FoundChunk> found = new ArrayList<>();
    for (ChunkWalker.FoundChunk next = walker.next(); next != null; next = walker.next()) {
      found.add(next);
    }
    return found;
  }

  /** How many zones were written. */
  int writtenZones() throws IOException {
    int written = 0;
    for (ZoneDescriptor zone : device.report(0, device.geometry().zoneCount())) {
      written += zone.writtenBytes() > 0 ? 1 : 0;
    }
    return written;
  }

  @Override
  public void close() throws IOException {
    writer.close();
    device.close();
  }
}
