// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import zonefsj.device.ZoneCondition;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/** Damages a drive in one way that a seed decides. */
final class FuzzDamage {
  private static final int BLOCK_BYTES = 4096;
  private static final List<FrameKind> KINDS = List.of(FrameKind.values());
  private static final long[] LIMITS = {
    0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32, 255
  };

  /**
   * What was done.
   *
   * @param what in words
   * @param ranges of the drive that are not what they were, each from and to
   * @param forged what was changed has a right checksum: nobody can tell
   */
  record Damage(String what, List<long[]> ranges, boolean forged) {
    /** Whether a range of the drive was damaged. */
    boolean touches(long from, long to) {
      return ranges.stream().anyMatch(range -> range[0] < to && from < range[1]);
    }
  }

  /** A frame on the drive. */
  private record Place(int zone, int offset, FrameHeader header) {}

  private final SplittableRandom random;
  private final DriveSurgery drive;
  private final DriveSurgery older;

  /**
   * @param drive is damaged
   * @param older the same drive, some time before
   */
  FuzzDamage(SplittableRandom random, DriveSurgery drive, DriveSurgery older) {
    this.random = random;
    this.drive = drive;
    this.older = older;
  }

  Damage damage() {
    int way = random.nextInt(14);
    return switch (way) {
      case 0 -> bits();
      case 1, 2 -> overwrite("garbage", true, 1);
      case 3 -> overwrite("zeros", false, 1 + random.nextInt(8));
      case 4 -> swap();
      case 5 -> oldBlock();
      case 6 -> writePointerBack();
      case 7 -> condition(ZoneCondition.OFFLINE);
      case 8 -> condition(ZoneCondition.READ_ONLY);
      case 9, 10, 11 -> structure();
      default -> forge();
    };
  }

  private int writtenZone() {
    while (true) {
      int zone = random.nextInt(drive.zones());
      if (drive.bytes(zone).length >= BLOCK_BYTES) {
        return zone;
      }
    }
  }

  private int block(int zone) {
    return random.nextInt(drive.bytes(zone).length / BLOCK_BYTES) * BLOCK_BYTES;
  }

  private Damage done(String what, int zone, int from, int to) {
    long start = drive.start(zone);
    return new Damage(
        what + " in zone " + zone + ", bytes " + from + " to " + to,
        List.of(new long[] {start + from, start + to}),
        false);
  }

  private Damage bits() {
    int zone = writtenZone();
    int at = random.nextInt(drive.bytes(zone).length);
    drive.bytes(zone)[at] ^= (byte) (1 << random.nextInt(8));
    return done("a bit turned", zone, at, at + 1);
  }

  private Damage overwrite(String what, boolean garbage, int blocks) {
    int zone = writtenZone();
    int from = block(zone);
    int to = Math.min(drive.bytes(zone).length, from + blocks * BLOCK_BYTES);
    byte[] bytes = new byte[to - from];
    if (garbage) {
      random.nextBytes(bytes);
    }
    System.arraycopy(bytes, 0, drive.bytes(zone), from, bytes.length);
    return done(what, zone, from, to);
  }

  private Damage swap() {
    int first = writtenZone();
    int second = writtenZone();
    int a = block(first);
    int b = block(second);
    byte[] saved = Arrays.copyOfRange(drive.bytes(first), a, a + BLOCK_BYTES);
    System.arraycopy(drive.bytes(second), b, drive.bytes(first), a, BLOCK_BYTES);
    System.arraycopy(saved, 0, drive.bytes(second), b, BLOCK_BYTES);
    return new Damage(
        "blocks swapped: zone " + first + " byte " + a + ", zone " + second + " byte " + b,
        List.of(
            new long[] {drive.start(first) + a, drive.start(first) + a + BLOCK_BYTES},
            new long[] {drive.start(second) + b, drive.start(second) + b + BLOCK_BYTES}),
        false);
  }

  /** A write that got lost, or went elsewhere: what was at a place before is there again. */
  private Damage oldBlock() {
    int zone = writtenZone();
    int at = block(zone);
    byte[] before = older.bytes(zone);
    byte[] source = at + BLOCK_BYTES <= before.length ? before : drive.bytes(writtenZone());
    int from = source == before ? at : random.nextInt(source.length / BLOCK_BYTES) * BLOCK_BYTES;
    System.arraycopy(source, from, drive.bytes(zone), at, BLOCK_BYTES);
    return done("an old block", zone, at, at + BLOCK_BYTES);
  }

  private Damage writePointerBack() {
    int zone = writtenZone();
    int length = drive.bytes(zone).length;
    int to = random.nextInt(3) == 0 ? 0 : block(zone);
    if (drive.condition(zone) == ZoneCondition.NOT_WRITE_POINTER) {
      return overwrite("zeros", false, 1);
    }
    drive.writePointerBack(zone, to);
    return done("the write pointer went back", zone, to, length);
  }

  private Damage condition(ZoneCondition condition) {
    int zone = writtenZone();
    int length = drive.bytes(zone).length;
    drive.set(zone, condition);
    return condition == ZoneCondition.OFFLINE
        ? done("the zone is OFFLINE", zone, 0, length)
        : new Damage("zone " + zone + " is READ_ONLY", List.of(), false);
  }

  private List<Place> frames(FrameKind kind) {
    List<Place> found = new ArrayList<>();
    for (int zone = 0; zone < drive.zones(); zone++) {
      ByteBuffer bytes = ByteBuffer.wrap(drive.bytes(zone));
      for (int at = 0; at + BLOCK_BYTES <= bytes.limit(); ) {
        FrameHeader header = FrameHeader.decode(bytes.position(at));
        if (header != null && header.kind() == kind && at + header.frameBytes() <= bytes.limit()) {
          found.add(new Place(zone, at, header));
        }
        at += header == null ? BLOCK_BYTES : Math.max(BLOCK_BYTES, header.frameBytes());
      }
    }
    return found;
  }

  private Place anyFrame() {
    while (true) {
      FrameKind kind = KINDS.get(random.nextInt(KINDS.size()));
      List<Place> frames = frames(kind);
      if (!frames.isEmpty()) {
        // Half of the time the newest: what lies at the end counts most.
        int index = random.nextBoolean() ? frames.size() - 1 : random.nextInt(frames.size());
        return frames.get(index);
      }
    }
  }

  private Damage structure() {
    Place place = anyFrame();
    int inHeader = random.nextInt(FrameHeader.BYTES);
    int inPayload = FrameHeader.BYTES + random.nextInt(Math.max(1, place.header().payloadBytes()));
    int at = random.nextInt(3) == 0 ? inHeader : inPayload;
    if (at >= place.header().frameBytes()) {
      at = inHeader;
    }
    byte[] bytes = drive.bytes(place.zone());
    bytes[place.offset() + at] ^= (byte) (1 + random.nextInt(255));
    return done(
        "a " + place.header().kind() + " frame",
        place.zone(),
        place.offset() + at,
        place.offset() + at + 1);
  }

  /** Changes a number in a frame, or in its header, and makes the checksums right again. */
  private Damage forge() {
    Place place = anyFrame();
    FrameHeader header = place.header();
    byte[] bytes = drive.bytes(place.zone());
    int start = place.offset();
    ByteBuffer frame =
        ByteBuffer.wrap(bytes, start, header.frameBytes()).slice().order(ByteOrder.LITTLE_ENDIAN);
    boolean inHeader = header.payloadBytes() == 0 || random.nextInt(4) == 0;
    int field = inHeader ? random.nextInt(52) : FrameHeader.BYTES + payloadOffset(header);
    long value = random.nextBoolean() ? LIMITS[random.nextInt(LIMITS.length)] : random.nextLong();
    if (random.nextInt(3) == 0) {
      frame.put(field, (byte) value);
    } else if (random.nextBoolean() || field + Long.BYTES > frame.limit()) {
      frame.putInt(Math.min(field, frame.limit() - Integer.BYTES), (int) value);
    } else {
      frame.putLong(field, value);
    }
    int payload = frame.getInt(40);
    if (payload >= 0 && payload <= frame.limit() - FrameHeader.BYTES) {
      frame.putInt(44, FrameHeader.crc(frame.slice(FrameHeader.BYTES, payload)));
    }
    frame.putInt(60, FrameHeader.crc(frame.slice(0, 60)));
    long from = drive.start(place.zone()) + start;
    return new Damage(
        "a forged "
            + header.kind()
            + " frame in zone "
            + place.zone()
            + ", byte "
            + start
            + ", field "
            + field,
        List.of(new long[] {from, from + header.frameBytes()}),
        header.kind() == FrameKind.ROOT || header.kind() == FrameKind.JOURNAL);
  }

  private int payloadOffset(FrameHeader header) {
    int early = Math.min(header.payloadBytes(), 128);
    return random.nextInt(random.nextBoolean() ? early : header.payloadBytes());
  }
}
