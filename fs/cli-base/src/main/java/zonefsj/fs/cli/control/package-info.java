// SPDX-License-Identifier: Apache-2.0
/**
 * The protocol between commands like {@code status} and {@code umount} and the daemon of a live
 * mount: lines of JSON over a Unix socket, in a directory that only its user may enter. Does not
 * depend on FUSE.
 *
 * <p>Invariants: neither end relies on the other: each line has a maximum length, each read and
 * write has a deadline, and input that is not understood is an error with a message. An answer ends
 * with one line {@code done} or {@code failed}. Daemons of other users are not asked.
 *
 * <p>Threading: the server has one thread that accepts connections, one for each connection and one
 * for heartbeats; a handler is called by several threads at once. A client is used by one thread.
 */
@NullMarked
package zonefsj.fs.cli.control;

import org.jspecify.annotations.NullMarked;
