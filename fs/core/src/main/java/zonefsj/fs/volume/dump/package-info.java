// SPDX-License-Identifier: Apache-2.0
/**
 * The structures of an unmounted drive in words, {@link zonefsj.fs.volume.dump.VolumeDumper};
 * writes nothing, and shows the rest when something is damaged.
 *
 * <p>Threading: a dump belongs to one thread.
 */
@NullMarked
package zonefsj.fs.volume.dump;

import org.jspecify.annotations.NullMarked;
