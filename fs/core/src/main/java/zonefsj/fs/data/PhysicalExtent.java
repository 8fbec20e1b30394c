// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import java.util.List;
import zonefsj.device.DeviceGeometry;
import zonefsj.zonemgr.BlockChecksums;

/**
 * Bytes on the drive that can be verified: a range within contiguous granules.
 *
 * @param positionBytes absolute position of the first granule
 * @param skipBytes bytes of the first granule before the range
 * @param lengthBytes length of the range
 * @param coveredBytes bytes that the granules cover; the last granule may be short
 * @param checksums checksums of the granules
 */
public record PhysicalExtent(
    long positionBytes,
    int skipBytes,
    int lengthBytes,
    int coveredBytes,
    BlockChecksums checksums) {

  /** All bytes of contiguous granules. */
  public static PhysicalExtent whole(
      long positionBytes, int lengthBytes, BlockChecksums checksums) {
    return new PhysicalExtent(positionBytes, 0, lengthBytes, lengthBytes, checksums);
  }

  /** Total length of all parts. */
  public static long totalBytes(List<PhysicalExtent> parts) {
    long bytes = 0;
    for (PhysicalExtent part : parts) {
      bytes += part.lengthBytes();
    }
    return bytes;
  }

  /** Absolute position of the first byte. */
  public long firstBytePosition() {
    return positionBytes + skipBytes;
  }

  /** Whether the position lies on the drive; damage in an index may name any position. */
  public boolean liesOn(DeviceGeometry geometry) {
    return positionBytes >= 0 && positionBytes <= geometry.capacityBytes() - coveredBytes;
  }

  /** A part of the bytes, without the granules that it does not touch. */
  public PhysicalExtent slice(int fromByte, int bytes) {
    if (fromByte < 0 || bytes <= 0 || fromByte + bytes > lengthBytes) {
      throw new IllegalArgumentException(
          "slice " + fromByte + "+" + bytes + " of " + lengthBytes + " bytes");
    }
    int shift = checksums.shift();
    int first = skipBytes + fromByte;
    int firstGranule = first >> shift;
    int lastGranule = (first + bytes - 1) >> shift;
    int dropped = firstGranule << shift;
    int covered = Math.min(coveredBytes, (lastGranule + 1) << shift) - dropped;
    return new PhysicalExtent(
        positionBytes + dropped,
        first - dropped,
        bytes,
        covered,
        checksums.range(firstGranule, lastGranule + 1));
  }
}
