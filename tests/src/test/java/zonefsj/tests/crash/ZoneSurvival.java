// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import zonefsj.tests.crash.DriveChange.Write;

/** Decides by chance what of one zone's unflushed changes survives a power loss. */
final class ZoneSurvival {
  private static final int MOST_GARBAGE_BLOCKS = 4;

  /** What a drive shows where its pointer has moved and the bytes did not arrive. */
  private enum Garbage {
    NONE,
    ZEROS,
    NOISE,
    WHAT_WAS_THERE
  }

  private final int blockBytes;
  private final MediumContents before;
  private final SplittableRandom random;

  /** One drive has one habit, in all of its zones. */
  private final Garbage garbage;

  /**
   * @param before the medium as it was at the last flush
   */
  ZoneSurvival(int blockBytes, MediumContents before, SplittableRandom random) {
    this.blockBytes = blockBytes;
    this.before = before;
    this.random = random;
    this.garbage = Garbage.values()[random.nextInt(Garbage.values().length)];
  }

  /**
   * A prefix of what was sent, its last write torn at any block; of the last blocks the pointer may
   * be all that survived.
   */
  List<DriveChange> prefix(List<DriveChange> sent) throws IOException {
    int whole = random.nextInt(sent.size() + 1);
    List<DriveChange> kept = new ArrayList<>(sent.subList(0, whole));
    if (whole < sent.size() && sent.get(whole) instanceof Write torn) {
      int blocks = random.nextInt(torn.bytes().length / blockBytes + 1);
      if (blocks > 0) {
        kept.add(part(torn, 0, blocks * blockBytes));
      }
    }
    int last = kept.size() - 1;
    if (last >= 0
        && kept.get(last) instanceof Write write
        && write.bytes().length > 0
        && garbage != Garbage.NONE
        && random.nextBoolean()) {
      kept.set(last, garbled(write));
    }
    return kept;
  }

  private Write garbled(Write write) throws IOException {
    int blocks = write.bytes().length / blockBytes;
    int length = blockBytes * (1 + random.nextInt(Math.min(blocks, MOST_GARBAGE_BLOCKS)));
    byte[] bytes = write.bytes().clone();
    int from = bytes.length - length;
    switch (garbage) {
      case NONE -> {}
      case ZEROS -> Arrays.fill(bytes, from, bytes.length, (byte) 0);
      case NOISE -> {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, bytes, from, length);
      }
      case WHAT_WAS_THERE ->
          before.read(write.positionBytes() + from, ByteBuffer.wrap(bytes, from, length));
    }
    return new Write(write.zone(), write.positionBytes(), bytes);
  }

  /** Each block by itself, as in a conventional zone. */
  List<DriveChange> blocks(List<DriveChange> sent) {
    List<DriveChange> kept = new ArrayList<>();
    for (DriveChange change : sent) {
      if (change instanceof Write write) {
        for (int from = 0; from < write.bytes().length; from += blockBytes) {
          if (random.nextBoolean()) {
            kept.add(part(write, from, blockBytes));
          }
        }
      }
    }
    return kept;
  }

  private static Write part(Write whole, int from, int length) {
    byte[] bytes = new byte[length];
    System.arraycopy(whole.bytes(), from, bytes, 0, length);
    return new Write(whole.zone(), whole.positionBytes() + from, bytes);
  }
}
