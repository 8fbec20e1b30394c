// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A drive made of zones: real, emulated, or a wrapper of either.
 *
 * <p>Every implementation and every wrapper
 *
 * <ul>
 *   <li>must be safe for use by several threads; accesses to different zones must not wait for each
 *       other; two writes to one zone at once are the caller's error and one of them must fail or
 *       follow the other, never interleave;
 *   <li>must move the {@code position} of each source and destination buffer to its limit on
 *       success, and must leave them undefined on failure;
 *   <li>must take direct and heap buffers; positions and total lengths must be multiples of {@link
 *       DeviceGeometry#blockSizeBytes()}, otherwise {@link DeviceException.Reason#UNALIGNED};
 *   <li>must refuse with a {@link DeviceException} that names zone, write pointer and attempted
 *       position whatever the zone rules forbid, and must leave the zone unchanged then;
 *   <li>must not let a write cross a zone's end;
 *   <li>must return zeros or any other bytes, but not fail, for a read beyond a write pointer
 *       (drives differ there; an emulation returns zeros);
 *   <li>must not promise that a write is durable before a later {@link #flush()} has returned; a
 *       flush covers every write, append, finish and reset that returned before it was called;
 *   <li>must refuse every call but {@code geometry()} and {@code close()} with {@link
 *       DeviceException.Reason#CLOSED} after {@code close()}, and a zone number that the drive does
 *       not have with {@link IndexOutOfBoundsException}.
 * </ul>
 */
public interface ZonedDevice extends Closeable {

  /** The facts that do not change. Never fails, allocates nothing. */
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
   * Writes all sources, in order, as one access at {@code positionBytes}, which must be the zone's
   * write pointer unless the zone is conventional. Opens an empty or closed zone implicitly; one
   * that reaches the zone's capacity makes it full. Nothing at all to write is checked and does
   * nothing.
   */
  void write(long positionBytes, ByteBuffer... sources) throws IOException;

  /**
   * Writes all sources, in order, at wherever the write pointer of {@code zone} is. At most {@link
   * DeviceGeometry#maxAppendBytes()} at once; conventional zones refuse it.
   *
   * @return the absolute position of the first byte written
   */
  long append(int zone, ByteBuffer... sources) throws IOException;

  /** Makes everything that returned before durable. */
  void flush() throws IOException;

  /**
   * Opens a zone explicitly. Does nothing to a zone that is explicitly open. Where the drive's
   * limit of open zones is reached, the drive closes an implicitly open zone instead of refusing.
   *
   * @throws DeviceException {@link DeviceException.Reason#TOO_MANY_OPEN}, {@link
   *     DeviceException.Reason#TOO_MANY_ACTIVE}, {@link DeviceException.Reason#ZONE_FULL}, {@link
   *     DeviceException.Reason#INVALID_TRANSITION} (conventional) and the others
   */
  void open(int zone) throws IOException;

  /**
   * Closes an open zone; a closed one stays closed, an empty one stays empty. A zone that was
   * opened explicitly and not written becomes closed, and stays active, on drives that follow NVMe
   * (the emulation does); it becomes empty on others.
   *
   * @throws DeviceException {@link DeviceException.Reason#ZONE_FULL}, {@link
   *     DeviceException.Reason#INVALID_TRANSITION} (conventional) and the others
   */
  void close(int zone) throws IOException;

  /**
   * Makes a zone full; its write pointer moves to the end of its capacity, and what was not written
   * reads as beyond a write pointer. Needs no free open or active zone on most drives; some want an
   * open one for a closed zone. Does nothing to a full zone.
   */
  void finish(int zone) throws IOException;

  /**
   * Makes a zone empty and gives up what it held. Does nothing to an empty zone.
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
