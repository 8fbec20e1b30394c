// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import zonefsj.device.ZoneDescriptor;

/**
 * One zone as a mounted volume sees it.
 *
 * @param descriptor type, condition and pointers
 * @param role stream or state: superblock, journal, checkpoint, hot, cold, gc, free, read-only,
 *     offline, conventional
 * @param liveBytes live bytes of a zone of file data; written bytes of any other
 */
public record ZoneView(ZoneDescriptor descriptor, String role, long liveBytes) {}
