// SPDX-License-Identifier: Apache-2.0
/**
 * A volume: one formatted drive, mounted. {@link zonefsj.fs.volume.Volume} puts its parts together,
 * starts and ends their threads, and tells its status; the parts are in the packages below: {@code
 * operations}, {@code commit}, {@code reclaim} and {@code scrub} over {@code state}, after {@code
 * recovery}. What is stored is in {@code stored}; {@code check}, {@code repair}, {@code tune} and
 * {@code dump} are for drives that are not mounted.
 *
 * <p>Threading: each class says its own; {@link zonefsj.fs.volume.Volume} is thread-safe.
 */
@NullMarked
package zonefsj.fs.volume;

import org.jspecify.annotations.NullMarked;
