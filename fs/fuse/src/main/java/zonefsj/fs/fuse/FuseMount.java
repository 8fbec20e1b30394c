// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import zonefsj.device.LatencyCounts;

/** A live mount. Thread-safe. */
public interface FuseMount extends AutoCloseable {
  /** Name of the transport that serves it, see {@link FuseTransport#name}. */
  String transport();

  /**
   * The requests of the kernel so far, by kind in lower case, with their times: from when a thread
   * has taken a request until the kernel has its reply.
   */
  Map<String, LatencyCounts> requests();

  /** The absolute mount point. */
  Path mountPoint();

  /**
   * Waits until the mount has ended: no request is running any more and none will come.
   *
   * @return the reason
   */
  MountEnd awaitEnd() throws InterruptedException;

  /**
   * Waits for the end.
   *
   * @return the reason; null if it has not ended yet
   */
  @Nullable MountEnd awaitEnd(Duration timeout) throws InterruptedException;

  /** The {@code major:minor} of the filesystem in the mount table; empty if it was not found. */
  String device();

  /**
   * Whether the kernel can still send requests. After an unmount it can as long as another mount of
   * the same filesystem exists: a bind mount, or a copy in another mount namespace.
   */
  boolean isConnected();

  /**
   * Unmounts and waits until the last request has been answered. Not lazy: refused while the mount
   * is in use.
   *
   * @throws FuseMountException if it is in use, or mounted elsewhere, too; the connection then
   *     continues
   */
  void unmount() throws FuseMountException, InterruptedException;

  /**
   * Aborts the connection: every waiting and every later call of an application fails. The last
   * resort for a mount that hangs or cannot be unmounted.
   */
  void abort() throws FuseMountException;

  /** Unmounts, or aborts if the unmount is refused. Does nothing if the mount has ended. */
  @Override
  void close() throws FuseMountException;
}
