// SPDX-License-Identifier: Apache-2.0
/**
 * Drives for the command line: resolves a SPEC to an open device, and recognizes drives that are
 * mounted or hold a filesystem. The device module defines the kinds of SPEC and opens the devices.
 */
@NullMarked
package zonefsj.fs.cli.drive;

import org.jspecify.annotations.NullMarked;
