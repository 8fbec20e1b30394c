// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.util.Map;

/**
 * What was written, and what it cost the drive.
 *
 * @param total since the mount
 * @param driveBytesByStream bytes written to the drive since the mount by stream: superblock,
 *     journal, checkpoint, hot, cold, gc; each with its summaries and padding
 * @param recent the last ten minutes, or less after a mount
 */
public record WriteStatus(
    WriteSpan total, Map<String, Long> driveBytesByStream, WriteSpan recent) {}
