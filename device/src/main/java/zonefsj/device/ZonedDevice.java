// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A drive with zones: real, emulated, or a wrapper of either.
 *
 * <p>Every implementation and every wrapper
 *
 * <ul>
 *   <li>must be safe for use by several threads; accesses to different zones must not wait for each
 *       other; two simultaneous writes to one zone are the caller's error, and one of them must
 *       fail or follow the other, never interleave;
 *   <li>must move the {@code position} of each source and destination buffer to its limit on
 *       success, and must leave them undefined on failure;
 *   <li>must accept direct and heap buffers; positions and total lengths must be multiples of
 *       {@link DeviceGeometry#blockSizeBytes()}, otherwise {@link
 *       DeviceException.Reason#UNALIGNED};
 *   <li>must refuse every access that violates the zone rules with a {@link DeviceException} that
 *       names zone, write pointer and attempted position, and must then leave the zone unchanged;
 *   <li>must not let a write cross a zone's end;
 *   <li>must return zeros or any other bytes, but not fail, for a read beyond a write pointer
 *       (drives differ; an emulation returns zeros);
 *   <li>must not promise that a write is durable before a later {@link #flush()} has returned; a
 *       flush covers every write, append, finish and reset that returned before it was called;
 *   <li>must answer {@link #readCopy} only from a copy that has everything that a {@link #read} of
 *       the same bytes may give, never from one that lags behind; must refuse it for a copy that
 *       cannot answer now; and must, if it stands on other drives, reach each copy that these have;
 *   <li>must refuse every call but {@code geometry()}, {@code copies()}, {@code noteWrong} and
 *       {@code close()} with {@link DeviceException.Reason#CLOSED} after {@code close()}, and a
 *       zone number that the drive does not have with {@link IndexOutOfBoundsException}.
 * </ul>
 */
public interface ZonedDevice extends Closeable {

  /** The constant properties of the drive. Never fails, allocates nothing. */
  DeviceGeometry geometry();

  /**
   * Reports zones {@code from} to {@code from + count - 1}.
   *
   * @throws IndexOutOfBoundsException if the range is not within the drive
   */
  List<ZoneDescriptor> report(int from, int count) throws IOException;

  /**
   * Reads until {@code destination} is full. May cross zones. Fails if one of them is offline.
   *
   * @param positionBytes absolute position, block-aligned
   */
  void read(long positionBytes, ByteBuffer destination) throws IOException;

  /**
   * How many copies of its bytes the drive has that can be read one by one: 1, or more if it stands
   * on a mirror. If the copies of its zones differ in number, the largest. May change when a member
   * is replaced. Never fails, allocates nothing.
   */
  default int copies() {
    return 1;
  }

  /**
   * Reads as {@link #read}, but what one copy alone holds: for bytes that a checksum refuses, which
   * another copy may have right, and to verify each copy. Of zones with fewer copies the last one
   * answers for those that they do not have. It asks the medium, not a cache; a drive of one copy
   * and without a cache gives the same as {@code read}.
   *
   * @param copy number of the copy, from 0 to {@code copies() - 1}
   * @throws IOException also if this copy cannot answer now
   */
  default void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    read(positionBytes, destination);
  }

  /**
   * Tells the drive that a copy has given wrong bytes, and another one the right ones, so that it
   * can tell its user. Changes counters only, and never fails.
   *
   * @param copy as for {@link #readCopy}
   * @param positionBytes where the wrong bytes begin; any byte of the drive
   */
  default void noteWrong(int copy, long positionBytes) {}

  /**
   * Gives the drive somebody to ask before it replaces a copy of a zone by one that differs, as a
   * mirror does after a crash. A drive that replaces copies waits for a judge for a while, so it is
   * given one early. A later judge takes the place of an earlier one. Drives of one copy ignore it.
   */
  default void judgeBy(ZoneJudge judge) {}

  /**
   * Writes all sources, in order, as one access at {@code positionBytes}, which must be the zone's
   * write pointer unless the zone is conventional. Opens an empty or closed zone implicitly; a
   * write that reaches the zone's capacity makes it full. A write of no bytes is checked and does
   * nothing.
   */
  void write(long positionBytes, ByteBuffer... sources) throws IOException;

  /**
   * Writes all sources, in order, at the write pointer of {@code zone}. The total is at most {@link
   * DeviceGeometry#maxAppendBytes()}; conventional zones refuse appends.
   *
   * @return the absolute position of the first byte written
   */
  long append(int zone, ByteBuffer... sources) throws IOException;

  /** Makes everything durable that returned before this call. */
  void flush() throws IOException;

  /**
   * Opens a zone explicitly. Does nothing to a zone that is explicitly open. If the limit of open
   * zones is reached, the drive closes an implicitly open zone instead of refusing.
   *
   * @throws DeviceException {@link DeviceException.Reason#TOO_MANY_OPEN}, {@link
   *     DeviceException.Reason#TOO_MANY_ACTIVE}, {@link DeviceException.Reason#ZONE_FULL}, {@link
   *     DeviceException.Reason#INVALID_TRANSITION} (conventional) and the others
   */
  void open(int zone) throws IOException;

  /**
   * Closes an open zone; a closed zone stays closed, an empty zone stays empty. A zone that was
   * opened explicitly and not written becomes closed, and stays active, on drives that follow NVMe
   * (as the emulation does); it becomes empty on others.
   *
   * @throws DeviceException {@link DeviceException.Reason#ZONE_FULL}, {@link
   *     DeviceException.Reason#INVALID_TRANSITION} (conventional) and the others
   */
  void close(int zone) throws IOException;

  /**
   * Makes a zone full and moves its write pointer to the end of its capacity. A read of the
   * unwritten part is like a read beyond a write pointer. Most drives need no free open or active
   * resource for this; some need an open one for a closed zone. Does nothing to a full zone.
   */
  void finish(int zone) throws IOException;

  /**
   * Makes a zone empty and discards its content. Does nothing to an empty zone.
   *
   * @throws DeviceException {@link DeviceException.Reason#INVALID_TRANSITION} (conventional),
   *     {@link DeviceException.Reason#ZONE_READ_ONLY}, {@link DeviceException.Reason#ZONE_OFFLINE}
   *     and the others
   */
  void reset(int zone) throws IOException;

  /** Releases the drive and its locks. Does not flush. A second call does nothing. */
  @Override
  void close() throws IOException;
}
