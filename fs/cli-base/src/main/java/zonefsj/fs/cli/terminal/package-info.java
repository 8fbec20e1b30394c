// SPDX-License-Identifier: Apache-2.0
/** Output for the user: progress, tables, one-line errors. Does not depend on drives or mounts. */
@NullMarked
package zonefsj.fs.cli.terminal;

import org.jspecify.annotations.NullMarked;
