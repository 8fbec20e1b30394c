// SPDX-License-Identifier: Apache-2.0
/**
 * A volume: one formatted drive, mounted. {@code VolumeAssembly} builds its parts; {@link
 * zonefsj.fs.volume.Volume} starts and ends their threads, and reports its status. The parts are in
 * the packages below: {@code operations}, {@code commit}, {@code reclaim} and {@code scrub} use
 * {@code state}; {@code recovery} comes before them. {@code stored} holds the structures on the
 * drive; {@code check}, {@code repair}, {@code tune} and {@code dump} are for drives that are not
 * mounted.
 *
 * <p>Invariants: nothing is written to a drive before every check of a mount or a format has
 * passed. The threads of a volume end before its parts are closed.
 *
 * <p>Threading: each class states its own rules; {@link zonefsj.fs.volume.Volume} is thread-safe.
 */
@NullMarked
package zonefsj.fs.volume;

import org.jspecify.annotations.NullMarked;
