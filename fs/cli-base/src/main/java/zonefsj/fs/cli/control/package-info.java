// SPDX-License-Identifier: Apache-2.0
/**
 * How commands like {@code status} and {@code umount} talk to the daemon of a live mount: lines of
 * JSON over a Unix socket in a directory that only its user may enter. Knows nothing of FUSE.
 *
 * <p>Neither end trusts the other to be well: lines have a longest length, every read and write a
 * deadline, and whatever is not understood is an error with words.
 */
@NullMarked
package zonefsj.fs.cli.control;

import org.jspecify.annotations.NullMarked;
