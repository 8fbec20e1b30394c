// SPDX-License-Identifier: Apache-2.0
/**
 * A mount from the command to its end. The command starts the daemon as a separate process and
 * waits until the mount is usable. The daemon owns the drive, the volume, the FUSE mount and the
 * control socket, and closes them in the right order.
 *
 * <p>Invariants: the command returns only when the mount is usable or has failed. The control
 * socket is closed after the volume, so a client that waits for the unmount gets its answer. A
 * canceled command leaves no mount.
 *
 * <p>Threading: the daemon's main thread mounts, waits for the end, and closes everything; the
 * shutdown hook or the thread of the startup socket may unmount.
 */
@NullMarked
package zonefsj.fs.cli.daemon;

import org.jspecify.annotations.NullMarked;
