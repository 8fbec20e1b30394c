// SPDX-License-Identifier: Apache-2.0
/**
 * Shows the structures of an unmounted drive as text, {@link zonefsj.fs.volume.dump.VolumeDumper}.
 *
 * <p>Invariants: a dump writes nothing to the drive. It shows the rest if something is damaged.
 *
 * <p>Threading: one thread uses a dump.
 */
@NullMarked
package zonefsj.fs.volume.dump;

import org.jspecify.annotations.NullMarked;
