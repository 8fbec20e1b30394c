// SPDX-License-Identifier: Apache-2.0
/** What the user reads: progress, tables, errors on one line. Knows neither drives nor mounts. */
@NullMarked
package zonefsj.fs.cli.terminal;

import org.jspecify.annotations.NullMarked;
