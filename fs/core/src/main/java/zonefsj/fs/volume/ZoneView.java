// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import zonefsj.device.ZoneDescriptor;

/**
 * One zone as a live volume sees it.
 *
 * @param descriptor type, condition and pointers
 * @param role what it serves: superblock, journal, checkpoint, hot, cold, gc, free
 * @param liveBytes bytes in it that files or the filesystem still need
 */
public record ZoneView(ZoneDescriptor descriptor, String role, long liveBytes) {}
