// SPDX-License-Identifier: Apache-2.0
/**
 * The protocol between commands like {@code status} and {@code umount} and the daemon of a live
 * mount: lines of JSON over a Unix socket, in a directory that only its user may enter. Does not
 * depend on FUSE.
 *
 * <p>Neither end relies on the other: each line has a maximum length, each read and write has a
 * deadline, and input that is not understood is an error with a message.
 */
@NullMarked
package zonefsj.fs.cli.control;

import org.jspecify.annotations.NullMarked;
