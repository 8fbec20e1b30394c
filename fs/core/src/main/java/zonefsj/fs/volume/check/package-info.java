// SPDX-License-Identifier: Apache-2.0
/**
 * The check of an unmounted drive, {@link zonefsj.fs.volume.check.VolumeChecker}, structure by
 * structure; writes nothing. Its tools (a cursor over a family, a separate index, the streams of
 * the zones) are public for the repair and the dump.
 *
 * <p>Invariants: a check writes nothing to the drive. Damage is a finding, not an exception; a
 * failure of the host is never a finding.
 *
 * <p>Threading: one thread uses a check.
 */
@NullMarked
package zonefsj.fs.volume.check;

import org.jspecify.annotations.NullMarked;
