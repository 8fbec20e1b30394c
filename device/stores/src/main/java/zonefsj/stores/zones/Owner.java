// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * Who writes the drive, or has last done so.
 *
 * <pre>
 * offset size
 *      0    8  number of the entry by which it became the owner; 0 for none
 *      8    8  random number
 *     16    8  instant of that, in milliseconds since 1970
 *     24    8  process
 *     32    8  when the process began, in clock ticks since the boot
 *     40    4  bits: 1 it has closed the drive, 2 the owner before it may still run
 *     44    2  length of the name of the host
 *     46    2  length of the boot
 *     48       name of the host, then the boot, in UTF-8
 * </pre>
 *
 * @param epoch number of the entry by which it became the owner; 0 if the drive is new
 * @param nonce random number that tells it from others
 * @param sinceMillis when it became the owner, in milliseconds since 1970
 * @param process number of its process
 * @param beganTicks when that process began, in clock ticks since the boot
 * @param closed whether it has closed the drive in good order
 * @param fences whether the owner before it had not closed the drive, and may still run: only its
 *     entry in the log keeps that one from writing
 * @param host name of its host
 * @param boot what tells the boot of its host from others
 */
record Owner(
    long epoch,
    long nonce,
    long sinceMillis,
    long process,
    long beganTicks,
    boolean closed,
    boolean fences,
    String host,
    String boot) {
  /** Of a drive that nobody has opened to write. */
  static final Owner NONE = new Owner(0, 0, 0, 0, 0, true, false, "", "");

  private static final int HEADER_BYTES = 48;
  private static final int CLOSED = 1;
  private static final int FENCES = 2;

  Owner closing() {
    return new Owner(epoch, nonce, sinceMillis, process, beganTicks, true, fences, host, boot);
  }

  /** The same, that takes the drive from one that may still run. */
  Owner fencing() {
    return new Owner(epoch, nonce, sinceMillis, process, beganTicks, closed, true, host, boot);
  }

  boolean isSame(Owner other) {
    return epoch == other.epoch && nonce == other.nonce;
  }

  /** For the user. */
  String words() {
    return "process " + process + " of " + host + ", since " + Instant.ofEpochMilli(sinceMillis);
  }

  ByteBuffer encode() {
    byte[] hostBytes = host.getBytes(StandardCharsets.UTF_8);
    byte[] bootBytes = boot.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out =
        ByteBuffer.allocate(HEADER_BYTES + hostBytes.length + bootBytes.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(epoch).putLong(nonce).putLong(sinceMillis).putLong(process).putLong(beganTicks);
    out.putInt((closed ? CLOSED : 0) | (fences ? FENCES : 0));
    out.putShort((short) hostBytes.length).putShort((short) bootBytes.length);
    return out.put(hostBytes).put(bootBytes).flip();
  }

  static Owner decode(ByteBuffer in) throws StoreFormatException {
    if (in.remaining() < HEADER_BYTES) {
      throw new StoreFormatException("an owner is cut off");
    }
    long epoch = in.getLong();
    long nonce = in.getLong();
    long sinceMillis = in.getLong();
    long process = in.getLong();
    long beganTicks = in.getLong();
    int bits = in.getInt();
    int hostBytes = Short.toUnsignedInt(in.getShort());
    int bootBytes = Short.toUnsignedInt(in.getShort());
    if (in.remaining() < hostBytes + bootBytes) {
      throw new StoreFormatException("the name of an owner is cut off");
    }
    return new Owner(
        epoch,
        nonce,
        sinceMillis,
        process,
        beganTicks,
        (bits & CLOSED) != 0,
        (bits & FENCES) != 0,
        text(in, hostBytes),
        text(in, bootBytes));
  }

  private static String text(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
