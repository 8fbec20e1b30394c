// SPDX-License-Identifier: Apache-2.0
/**
 * Parses and validates mount options and other user input, and refuses invalid input with a
 * message. Pure functions of their input; nothing here accesses a drive or the host.
 */
@NullMarked
package zonefsj.fs.cli.options;

import org.jspecify.annotations.NullMarked;
