// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Prints bytes in the format of {@code hexdump -C}: sixteen in a line, after their position and
 * before their characters. Of equal lines it prints only the first, then an asterisk. The last line
 * is the end position. Single-threaded.
 */
public final class HexDump {
  private static final int LINE_BYTES = 16;
  private static final String DIGITS = "0123456789abcdef";

  private final PrintStream out;
  private final byte[] line = new byte[LINE_BYTES];
  private final byte[] above = new byte[LINE_BYTES];
  private final StringBuilder text = new StringBuilder();
  private int filled;
  private boolean hasAbove;
  private boolean squeezing;
  private long positionBytes;

  /**
   * @param out where to print
   * @param positionBytes position of the first byte
   */
  public HexDump(PrintStream out, long positionBytes) {
    this.out = out;
    this.positionBytes = positionBytes;
  }

  /** Adds bytes, and prints the lines that are complete. */
  public void put(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      int part = Math.min(bytes.remaining(), LINE_BYTES - filled);
      bytes.get(line, filled, part);
      filled += part;
      if (filled == LINE_BYTES) {
        fullLine();
      }
    }
    print();
  }

  /** Prints the remaining bytes, and the end position. */
  public void end() {
    if (filled > 0) {
      line(filled);
      positionBytes += filled;
      filled = 0;
    }
    position();
    text.append('\n');
    print();
  }

  private void fullLine() {
    if (!hasAbove || !Arrays.equals(line, above)) {
      line(LINE_BYTES);
      squeezing = false;
    } else if (!squeezing) {
      text.append("*\n");
      squeezing = true;
    }
    System.arraycopy(line, 0, above, 0, LINE_BYTES);
    hasAbove = true;
    positionBytes += LINE_BYTES;
    filled = 0;
  }

  private void line(int length) {
    position();
    for (int i = 0; i < LINE_BYTES; i++) {
      text.append(i % 8 == 0 ? "  " : " ");
      if (i < length) {
        text.append(DIGITS.charAt((line[i] >> 4) & 0xf)).append(DIGITS.charAt(line[i] & 0xf));
      } else {
        text.append("  ");
      }
    }
    text.append("  |");
    for (int i = 0; i < length; i++) {
      text.append(line[i] >= ' ' && line[i] < 0x7f ? (char) line[i] : '.');
    }
    text.append("|\n");
  }

  private void position() {
    String digits = Long.toHexString(positionBytes);
    text.append("0".repeat(Math.max(0, 8 - digits.length()))).append(digits);
  }

  private void print() {
    out.print(text);
    text.setLength(0);
  }
}
