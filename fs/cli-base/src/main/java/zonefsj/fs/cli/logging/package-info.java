// SPDX-License-Identifier: Apache-2.0
/**
 * Where log lines go. A command logs nothing unless the user asks for it. A daemon logs to its own
 * file, which is rolled over.
 */
@NullMarked
package zonefsj.fs.cli.logging;

import org.jspecify.annotations.NullMarked;
