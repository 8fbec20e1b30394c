// SPDX-License-Identifier: Apache-2.0
/**
 * A mount from the command to its end: the command starts the daemon as a process of its own and
 * waits until the mount is usable; the daemon holds drive, volume, FUSE mount and control socket
 * together and takes them down in the right order.
 *
 * <p>Threading: the daemon's main thread mounts, waits for the end, and unmounts; the control
 * socket and the shutdown hook only ask it to.
 */
@NullMarked
package zonefsj.fs.cli.daemon;

import org.jspecify.annotations.NullMarked;
