// SPDX-License-Identifier: Apache-2.0
package zonefsj.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/**
 * The bytes of a journal frame after its {@link FrameHeader}. The payload is
 *
 * <pre>
 *  0  u64  chain hash before this frame
 *  8  u64  flushed: sequence up to which the journal was known to be durable when this was written
 * 16  u64  a random number
 * 24  ...  the fragment of the record
 * </pre>
 *
 * The header's sequence is the frame's number; its flags are {@link #FIRST} and {@link #LAST}.
 */
public final class JournalFrames {
  /** Flag: the first fragment of a record. */
  public static final int FIRST = 1;

  /** Flag: the last fragment of a record. */
  public static final int LAST = 2;

  /** Bytes before the fragment in the payload. */
  public static final int PREAMBLE_BYTES = 24;

  /** Bytes before the fragment in the frame. */
  public static final int OVERHEAD_BYTES = FrameHeader.BYTES + PREAMBLE_BYTES;

  /** The longest payload. */
  public static final int MAX_PAYLOAD_BYTES = PREAMBLE_BYTES + Journal.MAX_FRAGMENT_BYTES;

  private JournalFrames() {}

  /**
   * A frame as read from the drive.
   *
   * @param header its header
   * @param chainBefore chain hash before it
   * @param flushed sequence up to which the journal was known to be durable
   * @param chainAfter chain hash after it
   */
  public record Frame(FrameHeader header, long chainBefore, long flushed, long chainAfter) {
    /** Whether a record begins with this frame. */
    public boolean isFirst() {
      return (header.flags() & FIRST) != 0;
    }

    /** Whether a record ends with this frame. */
    public boolean isLast() {
      return (header.flags() & LAST) != 0;
    }

    /** Whether this is an empty record that proves the flush of all before it. */
    boolean isProof() {
      return isFirst()
          && isLast()
          && header.payloadBytes() == PREAMBLE_BYTES
          && flushed == header.sequence() - 1;
    }
  }

  /**
   * Encodes a frame at position 0 of {@code out} and sets the limit to its length. Takes the
   * fragment from {@code record} and advances its position.
   *
   * @return the chain hash after the frame
   */
  public static long encode(
      ByteBuffer out,
      int unitBytes,
      UUID filesystem,
      long epoch,
      long sequence,
      int flags,
      long chainBefore,
      long flushed,
      long nonce,
      ByteBuffer record,
      int fragmentBytes) {
    out.clear().order(ByteOrder.LITTLE_ENDIAN).position(FrameHeader.BYTES);
    out.putLong(chainBefore).putLong(flushed).putLong(nonce);
    ByteBuffer fragment = record.slice(record.position(), fragmentBytes);
    record.position(record.position() + fragmentBytes);
    out.put(fragment);
    int payloadBytes = PREAMBLE_BYTES + fragmentBytes;
    int frameBytes = FrameHeader.frameBytes(payloadBytes, unitBytes);
    while (out.position() < frameBytes) {
      out.put((byte) 0);
    }
    out.flip();
    int crc =
        FrameHeader.crc(
            out.duplicate().position(FrameHeader.BYTES).limit(FrameHeader.BYTES + payloadBytes));
    FrameHeader header =
        new FrameHeader(
            FrameKind.JOURNAL, flags, filesystem, epoch, sequence, payloadBytes, crc, frameBytes);
    header.encode(out.duplicate());
    return chain(chainBefore, nonce, sequence, crc);
  }

  /**
   * Whether a header may be that of a journal frame of a filesystem, as {@link #encode} writes it:
   * the rest of the frame is worth reading. Frames of other kinds may claim any length.
   */
  public static boolean isPlausible(@Nullable FrameHeader header, UUID filesystem, int unitBytes) {
    return header != null
        && header.kind() == FrameKind.JOURNAL
        && header.filesystem().equals(filesystem)
        && header.payloadBytes() >= PREAMBLE_BYTES
        && header.payloadBytes() <= MAX_PAYLOAD_BYTES
        && header.frameBytes() == FrameHeader.frameBytes(header.payloadBytes(), unitBytes);
  }

  /**
   * Decodes the frame at the buffer's position, which does not move.
   *
   * @return null if there is no complete, valid journal frame of this filesystem
   */
  public static @Nullable Frame decode(ByteBuffer in, UUID filesystem) {
    FrameHeader header = FrameHeader.decode(in);
    if (header == null
        || header.kind() != FrameKind.JOURNAL
        || !header.filesystem().equals(filesystem)
        || header.payloadBytes() < PREAMBLE_BYTES
        || header.frameBytes() > in.remaining()
        || !header.verifies(in)) {
      return null;
    }
    ByteBuffer little = in.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    little.position(in.position() + FrameHeader.BYTES);
    long chainBefore = little.getLong();
    long flushed = little.getLong();
    long nonce = little.getLong();
    if (flushed < 0 || flushed >= header.sequence()) {
      // Such a frame would prove itself, and everything torn after it.
      return null;
    }
    return new Frame(
        header,
        chainBefore,
        flushed,
        chain(chainBefore, nonce, header.sequence(), header.payloadCrc()));
  }

  /** Gives a whole frame at position 0 of a buffer another epoch; all else of it stays. */
  static void setEpoch(ByteBuffer whole, FrameHeader header, long epoch) {
    new FrameHeader(
            header.kind(),
            header.flags(),
            header.filesystem(),
            epoch,
            header.sequence(),
            header.payloadBytes(),
            header.payloadCrc(),
            header.frameBytes())
        .encode(whole.duplicate());
  }

  /** The fragment within the frame at the buffer's position. */
  public static ByteBuffer fragment(ByteBuffer in, Frame frame) {
    return in.slice(in.position() + OVERHEAD_BYTES, frame.header().payloadBytes() - PREAMBLE_BYTES);
  }

  /**
   * The chain hash. Each step mixes the hash so far with a random number, so two histories that
   * diverge never have the same hash again. The mixer is the finalizer of SplitMix64 (Stafford's
   * variant 13). It guards against mistaken identity, not against an adversary.
   */
  public static long chain(long before, long nonce, long sequence, int payloadCrc) {
    long hash = mix(before ^ nonce);
    hash = mix(hash + sequence * 0x9E3779B97F4A7C15L);
    return mix(hash ^ Integer.toUnsignedLong(payloadCrc));
  }

  private static long mix(long z) {
    long x = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
    return x ^ (x >>> 31);
  }
}
