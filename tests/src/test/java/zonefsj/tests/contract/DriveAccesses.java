// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static zonefsj.tests.contract.Devices.bytes;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ZoneInjection;

/**
 * Random accesses to a drive of a given shape, legal and illegal, the same for the same random
 * numbers. Not thread-safe.
 */
public final class DriveAccesses {
  private static final int MAX_SOURCES = 3;
  private static final byte[] NOTHING = {};

  private final SplittableRandom random;
  private final EmulatedGeometry geometry;
  private final int block;
  private final int zoneBlocks;
  private final int maxReadBlocks;

  /**
   * @param maxReadBlocks longest read
   */
  public DriveAccesses(SplittableRandom random, EmulatedGeometry geometry, int maxReadBlocks) {
    this.random = random;
    this.geometry = geometry;
    this.block = geometry.blockSizeBytes();
    this.zoneBlocks = (int) (geometry.zoneSizeBytes() / block);
    this.maxReadBlocks = maxReadBlocks;
  }

  /**
   * What a drive answered.
   *
   * @param words position of an append, or that it was done
   * @param bytes what was read
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
  public record Answer(String words, byte[] bytes) {
    static final Answer DONE = new Answer("done", NOTHING);
  }

  /** Done to each of the drives that are compared. */
  @FunctionalInterface
  public interface Action {
    /** Does it to one drive. */
    Answer run(ZonedDevice device, ZoneInjection injection) throws IOException;
  }

  /**
   * One access.
   *
   * @param description in words
   */
  public record Access(String description, Action action) {}

  /** Where the write pointer of a zone is. */
  @FunctionalInterface
  public interface Pointers {
    /** Absolute, in bytes. */
    long of(int zone) throws IOException;
  }

  /** The next access: one that wears zones out if {@code wear}. */
  public Access next(Pointers pointers, boolean wear) throws IOException {
    int dice = random.nextInt(wear ? 1000 : 995);
    int zone = random.nextInt(geometry.zoneCount());
    long start = zone * geometry.zoneSizeBytes();
    if (dice < 400) {
      boolean wild = random.nextInt(10) == 0;
      long at =
          wild || geometry.isConventional(zone)
              ? start + (long) random.nextInt(zoneBlocks) * block
              : pointers.of(zone);
      int length = randomLength() + (random.nextInt(50) == 0 ? block / 2 : 0);
      long seed = random.nextLong();
      return new Access(
          "write " + length + " at " + at + " zone " + zone,
          (device, injection) -> {
            device.write(at, sources(length, seed));
            return Answer.DONE;
          });
    }
    if (dice < 550) {
      int length = randomLength();
      long seed = random.nextLong();
      return new Access(
          "append " + length + " to " + zone,
          (device, injection) ->
              new Answer("at " + device.append(zone, sources(length, seed)), NOTHING));
    }
    if (dice < 750) {
      long at = start + (long) random.nextInt(zoneBlocks) * block;
      int blocks = random.nextInt(maxReadBlocks);
      return new Access(
          "read " + blocks * block + " at " + at, (device, injection) -> read(device, at, blocks));
    }
    return transition(dice, zone);
  }

  private static Access transition(int dice, int zone) {
    String name =
        dice < 800
            ? "open"
            : dice < 850
                ? "close"
                : dice < 880
                    ? "finish"
                    : dice < 960
                        ? "reset"
                        : dice < 995 ? "flush" : dice < 998 ? "set read-only" : "set offline";
    return new Access(
        name + " " + zone,
        (device, injection) -> {
          switch (name) {
            case "open" -> device.open(zone);
            case "close" -> device.close(zone);
            case "finish" -> device.finish(zone);
            case "reset" -> device.reset(zone);
            case "flush" -> device.flush();
            case "set read-only" -> injection.setReadOnly(zone);
            default -> injection.setOffline(zone);
          }
          return Answer.DONE;
        });
  }

  /** Reads so many blocks into memory of either kind. */
  public Answer read(ZonedDevice device, long at, int blocks) throws IOException {
    int length = blocks * block;
    ByteBuffer destination =
        (blocks & 1) == 0 ? ByteBuffer.allocate(length) : ByteBuffer.allocateDirect(length);
    device.read(at, destination);
    return new Answer("read", bytes(destination.flip()));
  }

  private int randomLength() {
    int blocks =
        random.nextInt(4) == 0 ? random.nextInt(zoneBlocks) : random.nextInt(zoneBlocks / 8);
    return blocks * block;
  }

  /** The same bytes for each drive, cut in the same places, in memory of both kinds. */
  private static ByteBuffer[] sources(int length, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    ByteBuffer[] sources = new ByteBuffer[1 + random.nextInt(MAX_SOURCES)];
    int from = 0;
    for (int i = 0; i < sources.length; i++) {
      int left = length - from;
      int count = i == sources.length - 1 ? left : random.nextInt(left + 1);
      sources[i] =
          random.nextBoolean()
              ? ByteBuffer.wrap(bytes, from, count)
              : ByteBuffer.allocateDirect(count).put(bytes, from, count).flip();
      from += count;
    }
    return sources;
  }
}
