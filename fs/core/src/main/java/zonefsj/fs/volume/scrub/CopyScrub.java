// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.scrub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.filter.OneCopyDevice;
import zonefsj.fs.data.DataDamagedException;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.volume.reclaim.LiveExtents.Live;
import zonefsj.fs.volume.state.WrongCopies.Place;
import zonefsj.gc.ChunkWalker;

/**
 * Verifies zone after zone in each copy of a drive, and collects what a copy has wrong while
 * another one is right. A copy that cannot answer when a zone begins is left out for this zone; if
 * fewer than two answer, there is nothing to compare, and the drive decides who is read.
 * Single-threaded.
 */
final class CopyScrub {
  /** A copy; its reader keeps buffers. */
  private record Reader(OneCopyDevice device, VerifiedReader data) {}

  /** A copy that answers in the present zone. */
  private record Copy(OneCopyDevice device, VerifiedReader data, ChunkWalker chunks) {}

  private final ZonedDevice device;
  private final UUID filesystem;

  /** By number of the copy. */
  private final List<Reader> readers = new ArrayList<>();

  private final List<Copy> copies = new ArrayList<>();
  private final List<Place> wrong = new ArrayList<>();

  /** Whether a copy has the summary of the present chunk wrong. */
  private boolean isSummaryWrong;

  CopyScrub(ZonedDevice device, UUID filesystem) {
    this.device = device;
    this.filesystem = filesystem;
  }

  /**
   * Begins a zone.
   *
   * @param zone a current report
   */
  void begin(ZoneDescriptor zone) throws IOException {
    copies.clear();
    wrong.clear();
    isSummaryWrong = false;
    for (int number = 0; device.copies() > 1 && number < device.copies(); number++) {
      if (number == readers.size()) {
        OneCopyDevice copy = new OneCopyDevice(device, number);
        readers.add(new Reader(copy, new VerifiedReader(copy)));
      }
      Reader reader = readers.get(number);
      if (reader.device().answers(zone.startBytes())) {
        ChunkWalker chunks = new ChunkWalker(reader.device(), filesystem, zone);
        copies.add(new Copy(reader.device(), reader.data(), chunks));
      }
    }
  }

  /** Whether there are copies to compare. */
  boolean isUsed() {
    return copies.size() > 1;
  }

  /**
   * Reads from each copy.
   *
   * @throws DataDamagedException if one of them is wrong or does not answer
   */
  void readAll(List<VerifiedReader.ReadRequest> wanted) throws IOException {
    for (Copy copy : copies) {
      wanted.forEach(one -> one.destination().clear());
      copy.data().readAll(wanted);
    }
  }

  /** Verifies header and summary of a chunk; the live extents that follow are of this chunk. */
  void begin(ChunkWalker.FoundChunk chunk) throws IOException {
    for (Copy copy : copies) {
      if (isUsed() && !chunk.isDoubtful() && !copy.chunks().isWhole(chunk.framePosition())) {
        isSummaryWrong = true;
        copy.device().noteWrong(copy.device().copy(), chunk.framePosition());
      }
    }
  }

  /** Ends a chunk. */
  void end() {
    isSummaryWrong = false;
  }

  /** Takes extents that are right in all copies: they move if the summary of their chunk is not. */
  void areRight(List<Live> group) {
    if (isSummaryWrong) {
      group.forEach(this::add);
    }
  }

  /** Examines an extent that can be read, though perhaps not from each copy. */
  void examine(Live live) throws IOException {
    PhysicalExtent placed = live.extent().placed();
    if (placed == null) {
      return;
    }
    boolean isWrong = isSummaryWrong;
    for (Copy copy : copies) {
      try {
        copy.data().read(placed, ByteBuffer.allocate(placed.lengthBytes()));
      } catch (DataDamagedException damaged) {
        // The drive itself sees to a copy that cannot be read.
        if (isUsed() && !damaged.isUnreadable()) {
          isWrong = true;
          copy.device().noteWrong(copy.device().copy(), damaged.positionBytes());
        }
      }
    }
    if (isWrong) {
      add(live);
    }
  }

  private void add(Live live) {
    PhysicalExtent placed = live.extent().placed();
    if (placed != null) {
      wrong.add(
          new Place(
              live.inode(),
              live.extent().start(),
              live.extent().end(),
              placed.positionBytes(),
              placed.coveredBytes()));
    }
  }

  /** The extents of the zone that a copy has wrong. */
  List<Place> wrong() {
    return List.copyOf(wrong);
  }
}
