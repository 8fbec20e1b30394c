// SPDX-License-Identifier: Apache-2.0
/**
 * What the command line needs to know of the host: who runs it, what is mounted where, where
 * run-time files, logs and the index go. No FUSE and no volume in sight.
 *
 * <p>Threading: everything here is immutable or stateless unless its class says otherwise.
 */
@NullMarked
package zonefsj.fs.cli.host;

import org.jspecify.annotations.NullMarked;
