package zonefsj.fs.data;

import java.util.List;
import zonefsj.device.DeviceGeometry;
import zonefsj.zonemgr.Granules;

/**
 * Bytes on the drive that can be verified: some of the bytes of some granules.
 *
 * @param positionBytes absolute position of the first granule
 * @param skipBytes bytes of the first granule that do not belong to it
 * @param lengthBytes how many bytes
 * @param granuleDataBytes bytes that the granules cover; the last granule may be short
 * @param granules their checksums
 */
public record PlacedData(
    long positionBytes, int skipBytes, int lengthBytes, int granuleDataBytes, Granules granules) {

  /** All bytes of some granules. */
  public static PlacedData whole(long positionBytes, int lengthBytes, Granules granules) {
    return new PlacedData(positionBytes, 0, lengthBytes, lengthBytes, granules);
  }

  /** Bytes of all parts together. */
  public static long totalBytes(List<PlacedData> parts) {
    long bytes = 0;
    for (PlacedData part : parts) {
      bytes += part.lengthBytes();
    }
    return bytes;
  }

  /** Absolute position of the first byte. */
  public long firstBytePosition() {
    return positionBytes + skipBytes;
  }

  /** Whether a drive has such a place; damage in an index may name any. */
  public boolean liesOn(DeviceGeometry geometry) {
    return positionBytes >= 0 && positionBytes <= geometry.capacityBytes() - granuleDataBytes;
  }

  /** Some of the bytes; granules that they do not touch are left out. */
  public PlacedData slice(int fromByte, int bytes) {
    if (fromByte < 0 || bytes <= 0 || fromByte + bytes > lengthBytes) {
      throw new IllegalArgumentException(
          "slice " + fromByte + "+" + bytes + " of " + lengthBytes + " bytes");
    }
    int shift = granules.shift();
    int first = skipBytes + fromByte;
    int firstGranule = first >> shift;
    int lastGranule = (first + bytes - 1) >> shift;
    int dropped = firstGranule << shift;
    int covered = Math.min(granuleDataBytes, (lastGranule + 1) << shift) - dropped;
    return new PlacedData(
        positionBytes + dropped,
        first - dropped,
        bytes,
        covered,
        granules.range(firstGranule, lastGranule + 1));
  }
}
