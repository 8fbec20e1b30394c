// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A live mount. Thread-safe. */
public interface FuseMount extends AutoCloseable {
  /** Name of the transport that carries it, see {@link FuseTransport#name}. */
  String transport();

  /** Where it is mounted, absolute. */
  Path mountPoint();

  /**
   * Waits until the mount has ended: no request is running any more and none will come.
   *
   * @return why
   */
  MountEnd awaitEnd() throws InterruptedException;

  /**
   * Waits for the end.
   *
   * @return why it ended; null when it has not yet
   */
  @Nullable MountEnd awaitEnd(Duration timeout) throws InterruptedException;

  /** The {@code major:minor} of the filesystem in the mount table; empty if it was not there. */
  String device();

  /**
   * Whether the kernel can still send requests. After an unmount it can for as long as another
   * mount of the same filesystem is left: a bind mount, or a copy in another mount namespace.
   */
  boolean isConnected();

  /**
   * Takes the mount away and waits until the last request has been answered. Not lazy: refused
   * while somebody uses the mount.
   *
   * @throws FuseMountException when it is in use, or mounted elsewhere, too; the connection lives
   *     on then
   */
  void unmount() throws FuseMountException, InterruptedException;

  /**
   * Breaks the connection: every waiting and every later call of an application fails. The last
   * resort against a mount that hangs or cannot be unmounted.
   */
  void abort() throws FuseMountException;

  /** Unmounts; aborts when that is refused. Does nothing when the mount has ended. */
  @Override
  void close() throws FuseMountException;
}
