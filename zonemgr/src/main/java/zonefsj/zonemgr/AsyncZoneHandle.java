// SPDX-License-Identifier: Apache-2.0
package zonefsj.zonemgr;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import zonefsj.device.library.AsyncAccesses;

/**
 * A {@link ZoneHandle} whose appends return at once. They take their places in the order of
 * submission; one that is cancelled before it begins takes none. After an append that failed on the
 * drive, those behind it fail, too: the handle is poisoned, as {@link ZoneHandle} describes.
 *
 * <p>Thread-safe. While appends are in flight, {@link ZoneHandle#remainingBytes()} does not count
 * them.
 */
public final class AsyncZoneHandle {
  private final ZoneHandle handle;
  private final AsyncAccesses accesses;
  private final AsyncAccesses.Lane lane;

  /**
   * @param handle used only through this object from now on
   * @param accesses those of the {@link zonefsj.device.library.AsyncZonedDevice} whose flush is to
   *     cover the appends
   */
  public AsyncZoneHandle(ZoneHandle handle, AsyncAccesses accesses) {
    this.handle = handle;
    this.accesses = accesses;
    lane = accesses.newLane();
  }

  /** Index of the zone. */
  public int zone() {
    return handle.zone();
  }

  /**
   * Appends whole blocks.
   *
   * @param sources belong to the append until its future completes
   * @return position of the first byte; fails as {@link ZoneHandle#append}
   */
  public CompletableFuture<ZoneAddress> append(ByteBuffer... sources) {
    ByteBuffer[] own = sources.clone();
    return accesses.submitInOrder(lane, () -> handle.append(own));
  }

  /** Returns the zone to the allocator, after all appends; see {@link ZoneHandle#close()}. */
  public CompletableFuture<Void> close() {
    return accesses.submitInOrder(
        lane,
        () -> {
          handle.close();
          return null;
        });
  }
}
