// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.layer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import zonefsj.device.block.NativeFile;

/**
 * How far the merge of a layer into the drive below is: a record of 8 bytes in a sector of its own.
 * Zeros: it has not begun. All numbers are little-endian.
 *
 * <pre>
 * offset size
 *      0    4  1 resetting, 2 writing, 3 complete, 4 dropped (only on a drive)
 *      4    4  CRC32C of bytes 0 to 3
 * </pre>
 */
enum MergeStage {
  /** The drive below is as it was when the layer began. */
  NONE(0),
  /** The drive below may have reset some of the zones that the layer has reset; nothing else. */
  RESETTING(1),
  /** The drive below has durably reset them, and may have a part of the layer's bytes. */
  WRITING(2),
  /** The drive below has the whole layer, durably. */
  COMPLETE(3),
  /** The layer is being removed with its changes. */
  DROPPED(4);

  static final int BYTES = 8;

  private final int code;

  MergeStage(int code) {
    this.code = code;
  }

  /** Whether the drive below is neither as it was nor as the layer has it. */
  boolean isInterrupted() {
    return this == RESETTING || this == WRITING;
  }

  int code() {
    return code;
  }

  /** The stage with a code; null if there is none. */
  static @Nullable MergeStage of(int code) {
    for (MergeStage stage : values()) {
      if (stage.code == code) {
        return stage;
      }
    }
    return null;
  }

  ByteBuffer encode() {
    ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(code);
    return out.putInt(crc(out)).flip();
  }

  static MergeStage load(NativeFile file, long offsetBytes, Path path) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    file.read(offsetBytes, in);
    if (in.getLong(0) == 0) {
      return NONE;
    }
    MergeStage stage = of(in.getInt(0));
    if (stage == null || in.getInt(Integer.BYTES) != crc(in)) {
      throw LayerPlace.of(path)
          .unusable("record of its merge (at byte " + offsetBytes + ") is damaged");
    }
    return stage;
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().position(0).limit(Integer.BYTES));
    return (int) crc.getValue();
  }
}
