// SPDX-License-Identifier: Apache-2.0
/**
 * Where log lines go. A command is silent unless asked; a daemon writes a file of its own, which is
 * rolled over.
 */
@NullMarked
package zonefsj.fs.cli.logging;

import org.jspecify.annotations.NullMarked;
