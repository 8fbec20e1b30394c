// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.UUID;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.volume.Volume;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/**
 * A drive with a filesystem whose frames are changed by somebody who knows the format: numbers in
 * them become limits, and the checksums are made right again.
 */
final class CraftedDrive {
  private static final UUID FILESYSTEM = new UUID(0xc4af, 7);

  private static final long[] LIMITS = {
    0,
    1,
    -1,
    2,
    7,
    4095,
    4096,
    4097,
    Short.MAX_VALUE,
    0xffff,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    Long.MAX_VALUE - 4095,
    1L << 61,
    1L << 31,
    1L << 32
  };

  /** Where a frame's header has what: see {@link FrameHeader}. */
  private static final int PAYLOAD_LENGTH_AT = 40;

  private static final int PAYLOAD_CRC_AT = 44;
  private static final int FRAME_LENGTH_AT = 48;
  private static final int HEADER_CRC_AT = 60;
  private static final int SEQUENCE_AT = 32;

  /** Most of what is in a payload is at its beginning. */
  private static final int HEAD_BYTES = 300;

  private record Place(int zone, int offset, FrameKind kind, int payloadBytes) {}

  private final DriveSurgery surgery;
  private final EmulatedGeometry geometry;
  private final List<List<Place>> framesByKind = new ArrayList<>();

  /**
   * Makes one.
   *
   * @param clean whether it was unmounted, with a checkpoint
   */
  CraftedDrive(long seed, boolean clean) throws IOException, ErrnoException {
    SplittableRandom random = new SplittableRandom(seed);
    geometry = seed % 2 == 0 ? FaultyVolume.small() : withConventionalZones();
    try (RamZonedDevice drive = RamZonedDevice.create(geometry)) {
      FaultyVolume.format(drive, FILESYSTEM, random.split());
      FuzzModel model = new FuzzModel();
      int names = work(drive, model, 0, random, false);
      work(drive, model, names, random, clean);
      surgery = new DriveSurgery(drive, geometry);
    }
    findFrames();
  }

  static EmulatedGeometry withConventionalZones() {
    return EmulatedGeometry.builder(48L << 18)
        .zoneSizeBytes(256 << 10)
        .zoneCapacityBytes(256 << 10)
        .conventionalZones(3)
        .maxOpenZones(8)
        .maxActiveZones(8)
        .build();
  }

  private static int work(
      RamZonedDevice drive, FuzzModel model, int names, SplittableRandom random, boolean clean)
      throws IOException, ErrnoException {
    Volume volume = FaultyVolume.mounting(random.split()).on(drive);
    FuzzWorkload workload = new FuzzWorkload(random, model, volume, names);
    workload.run(40);
    volume.checkpoint();
    workload.run(20);
    volume.fileSystem().sync();
    if (clean) {
      volume.close();
    } else {
      volume.abandon();
    }
    return workload.names();
  }

  private void findFrames() {
    EnumMap<FrameKind, List<Place>> found = new EnumMap<>(FrameKind.class);
    for (int zone = 0; zone < surgery.zones(); zone++) {
      byte[] bytes = surgery.bytes(zone);
      for (int at = 0; at + FrameHeader.UNIT_BYTES <= bytes.length; at += FrameHeader.UNIT_BYTES) {
        FrameHeader header =
            FrameHeader.decode(ByteBuffer.wrap(bytes, at, FrameHeader.UNIT_BYTES).slice());
        if (header != null && at + header.frameBytes() <= bytes.length) {
          found
              .computeIfAbsent(header.kind(), kind -> new ArrayList<>())
              .add(new Place(zone, at, header.kind(), header.payloadBytes()));
        }
      }
    }
    framesByKind.addAll(found.values());
  }

  /** What was changed; {@link #undo} takes it back. */
  final class Forgery {
    private final TreeSet<String> words = new TreeSet<>();
    private final List<Place> places = new ArrayList<>();
    private final List<byte[]> before = new ArrayList<>();

    /** The drive as it is now. */
    RamZonedDevice drive() throws IOException {
      return surgery.drive();
    }

    String what() {
      return String.join(", ", words);
    }

    void undo() {
      for (int index = places.size() - 1; index >= 0; index--) {
        byte[] old = before.get(index);
        Place place = places.get(index);
        System.arraycopy(old, 0, surgery.bytes(place.zone()), place.offset(), old.length);
      }
    }

    private void change(Place place, SplittableRandom random) {
      byte[] zone = surgery.bytes(place.zone());
      int length = Math.min(FrameHeader.BYTES + place.payloadBytes(), zone.length - place.offset());
      ByteBuffer frame =
          ByteBuffer.wrap(zone, place.offset(), length).slice().order(ByteOrder.LITTLE_ENDIAN);
      byte[] old = new byte[length];
      frame.get(0, old);
      places.add(place);
      before.add(old);
      words.add(place.kind() + " in zone " + place.zone() + " at " + place.offset());
      for (int change = random.nextInt(3); change >= 0; change--) {
        if (random.nextInt(6) == 0) {
          changeHeader(frame, random);
        } else if (place.payloadBytes() > 0) {
          changePayload(frame, place, random);
        }
      }
      if (place.kind() == FrameKind.ROOT && random.nextInt(4) != 0) {
        // So that it is the newest.
        frame.putLong(SEQUENCE_AT, frame.getLong(SEQUENCE_AT) + 1000);
      }
      seal(frame);
    }

    private void changeHeader(ByteBuffer frame, SplittableRandom random) {
      switch (random.nextInt(5)) {
        case 0 -> frame.putInt(PAYLOAD_LENGTH_AT, (int) limit(random));
        case 1 -> frame.putInt(FRAME_LENGTH_AT, (int) limit(random));
        case 2 -> frame.putInt(FRAME_LENGTH_AT, FrameHeader.UNIT_BYTES * random.nextInt(3000));
        case 3 -> frame.putLong(SEQUENCE_AT, limit(random));
        default -> frame.put(7, (byte) random.nextInt());
      }
    }

    private void changePayload(ByteBuffer frame, Place place, SplittableRandom random) {
      int reach =
          random.nextInt(3) == 0
              ? place.payloadBytes()
              : Math.min(HEAD_BYTES, place.payloadBytes());
      int at = FrameHeader.BYTES + random.nextInt(reach);
      frame.order(random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
      int room = frame.limit() - at;
      switch (random.nextInt(4)) {
        case 0 -> frame.put(at, (byte) random.nextInt());
        case 1 -> {
          if (room >= Short.BYTES) {
            frame.putShort(at, (short) limit(random));
          }
        }
        case 2 -> {
          if (room >= Integer.BYTES) {
            frame.putInt(at, (int) limit(random));
          }
        }
        default -> {
          if (room >= Long.BYTES) {
            frame.putLong(at, limit(random));
          }
        }
      }
      frame.order(ByteOrder.LITTLE_ENDIAN);
    }

    private void seal(ByteBuffer frame) {
      int payload = frame.getInt(PAYLOAD_LENGTH_AT);
      if (payload >= 0 && payload <= frame.limit() - FrameHeader.BYTES) {
        frame.putInt(PAYLOAD_CRC_AT, FrameHeader.crc(frame.slice(FrameHeader.BYTES, payload)));
      }
      frame.putInt(HEADER_CRC_AT, FrameHeader.crc(frame.slice(0, HEADER_CRC_AT)));
    }
  }

  private long limit(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextLong();
      case 1 -> random.nextLong(2 * geometry.sizeBytes());
      default -> LIMITS[random.nextInt(LIMITS.length)];
    };
  }

  /** Changes up to three frames; of the journal rather the last, which nothing follows. */
  Forgery forge(SplittableRandom random) {
    Forgery forgery = new Forgery();
    for (int frame = random.nextInt(3); frame >= 0; frame--) {
      List<Place> frames = framesByKind.get(random.nextInt(framesByKind.size()));
      boolean last = frames.get(0).kind() == FrameKind.JOURNAL && random.nextBoolean();
      int index = last ? frames.size() - 1 : random.nextInt(frames.size());
      if (frames.get(0).kind() == FrameKind.ROOT && random.nextBoolean()) {
        index = Math.max(0, frames.size() - 1 - random.nextInt(6));
      }
      forgery.change(frames.get(index), random);
    }
    return forgery;
  }
}
