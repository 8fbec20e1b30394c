/**
 * A volume: one formatted drive, mounted. Ties device, zone manager, journal, collector and
 * metadata store together: format, mount, commit, checkpoint, check, status.
 *
 * <p>Threading: each class says its own; {@link zonefsj.fs.volume.Volume} is thread-safe.
 */
@NullMarked
package zonefsj.fs.volume;

import org.jspecify.annotations.NullMarked;
