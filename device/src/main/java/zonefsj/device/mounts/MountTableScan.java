// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mounts;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Looks for one filesystem in the mount table of another process. An ordinary user can make the
 * table of a mount namespace of any size: a scan reads it in pieces, up to a limit. Stateless.
 */
public final class MountTableScan {
  private static final int PIECE_BYTES = 64 << 10;

  /** Index of the field {@code major:minor} in a line, see proc_pid_mountinfo(5). */
  private static final int DEVICE_FIELD = 2;

  private MountTableScan() {}

  /**
   * Whether a filesystem is mounted in a mount namespace.
   *
   * @param mountInfo a file in the form of {@code /proc/PID/mountinfo}
   * @param device {@code major:minor} of the filesystem
   * @param mostBytes the scan ends there; the answer is then false
   * @throws IOException if the kernel does not show the file
   */
  public static boolean has(Path mountInfo, String device, long mostBytes) throws IOException {
    byte[] wanted = device.getBytes(StandardCharsets.US_ASCII);
    byte[] piece = new byte[PIECE_BYTES];
    long left = mostBytes;
    int field = 0;
    int matched = 0;
    try (InputStream file = Files.newInputStream(mountInfo)) {
      int length = file.read(piece, 0, (int) Math.min(left, piece.length));
      while (length > 0) {
        for (int i = 0; i < length; i++) {
          byte next = piece[i];
          if (next == ' ' || next == '\n') {
            if (field == DEVICE_FIELD && matched == wanted.length) {
              return true;
            }
            field = next == '\n' ? 0 : field + 1;
            matched = 0;
          } else if (matched >= 0) {
            matched = matched < wanted.length && wanted[matched] == next ? matched + 1 : -1;
          }
        }
        left -= length;
        length = file.read(piece, 0, (int) Math.min(left, piece.length));
      }
    }
    return false;
  }
}
