// SPDX-License-Identifier: Apache-2.0
/**
 * Drives as the command line names them: a SPEC becomes an open device, and is told from one that
 * somebody counts on, because it is mounted or holds a filesystem. The kinds of SPEC and the
 * opening itself are the device module's.
 */
@NullMarked
package zonefsj.fs.cli.drive;

import org.jspecify.annotations.NullMarked;
