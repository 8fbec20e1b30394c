// SPDX-License-Identifier: Apache-2.0
/**
 * Drives for the command line: resolves a SPEC to an open device, and recognizes drives that are
 * mounted or hold a filesystem. The device module defines the kinds of SPEC and opens the devices.
 *
 * <p>Invariants: a refused change changes nothing: a drive that is in use, or that holds a
 * filesystem and no {@code --force} is given. A search by UUID or label opens no loop device on a
 * file that another user can replace.
 *
 * <p>Threading: openers and lookups are thread-safe; commands and the sources of their data belong
 * to one thread.
 */
@NullMarked
package zonefsj.fs.cli.drive;

import org.jspecify.annotations.NullMarked;
