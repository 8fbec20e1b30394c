/**
 * A volume: one formatted drive, mounted. Ties device, zone manager, journal, collector and
 * metadata store together: format, mount, commit, checkpoint, recovery, status. What is stored is
 * in {@code stored}; {@code check}, {@code repair} and {@code dump} are for drives that are not
 * mounted.
 *
 * <p>Threading: each class says its own; {@link zonefsj.fs.volume.Volume} is thread-safe.
 */
@NullMarked
package zonefsj.fs.volume;

import org.jspecify.annotations.NullMarked;
