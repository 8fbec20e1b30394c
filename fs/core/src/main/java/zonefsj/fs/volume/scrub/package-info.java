// SPDX-License-Identifier: Apache-2.0
/**
 * Verifies on a mounted volume what no application reads: all checksums of data and metadata, and
 * the state of the zones that the drive reports.
 *
 * <p>Invariants: a scrub changes no content. It moves data of which a copy of the drive is wrong. A
 * zone is pinned while it is read. Progress is stored in the index, so a scrub resumes after a
 * remount.
 *
 * <p>Threading: one scrub at a time; the watch of zones runs on the collector's thread.
 */
@NullMarked
package zonefsj.fs.volume.scrub;

import org.jspecify.annotations.NullMarked;
