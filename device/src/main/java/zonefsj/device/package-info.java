/** What a zoned drive is; emulated, file, block device. */
@NullMarked
package zonefsj.device;

import org.jspecify.annotations.NullMarked;
