// SPDX-License-Identifier: Apache-2.0
/**
 * The command line's view of the host: who runs it, what is mounted where, and where run-time
 * files, logs and the index go. Does not depend on FUSE or on a volume.
 *
 * <p>Invariants: a path that another user can redirect is refused where root would create or delete
 * by it. Only mounts and daemons of the same user are trusted.
 *
 * <p>Threading: classes are immutable or stateless unless they say otherwise.
 */
@NullMarked
package zonefsj.fs.cli.host;

import org.jspecify.annotations.NullMarked;
