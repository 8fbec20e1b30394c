// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The options of a mount that the transport and the kernel apply, not the volume. They go from the
 * command line to the transport as one value: what is between the two names none of them.
 * Immutable.
 *
 * @param allowOther whether users other than the mounting one have access; null: only if the
 *     mounting user is root
 * @param writeback the kernel caches writes; not every transport supports this
 * @param autoUnmount the mount is removed when the daemon dies, for any reason
 * @param nonEmpty the mount point may contain files, which the mount hides
 * @param mountFlags flags of mount(8) that the kernel enforces: nodev, noexec…
 */
public record TransportOptions(
    @Nullable Boolean allowOther,
    boolean writeback,
    boolean autoUnmount,
    boolean nonEmpty,
    List<String> mountFlags) {
  /** Nothing is asked for. */
  public static final TransportOptions DEFAULT =
      new TransportOptions(null, false, false, false, List.of());

  /** Copies the list. */
  public TransportOptions {
    mountFlags = List.copyOf(mountFlags);
  }

  /** A copy with or without access for other users. */
  public TransportOptions withAllowOther(boolean value) {
    return new TransportOptions(value, writeback, autoUnmount, nonEmpty, mountFlags);
  }

  /** A copy that allows or refuses a mount point that contains files. */
  public TransportOptions withNonEmpty(boolean value) {
    return new TransportOptions(allowOther, writeback, autoUnmount, value, mountFlags);
  }

  /** A copy with these flags of mount(8). */
  public TransportOptions withMountFlags(List<String> value) {
    return new TransportOptions(allowOther, writeback, autoUnmount, nonEmpty, value);
  }
}
