// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.nio.file.Path;
import zonefsj.fs.cli.options.MountOptions;

/**
 * What to mount.
 *
 * @param spec text of the SPEC; paths in it are absolute
 * @param mountPoint canonical directory
 * @param options the options of {@code -o}
 * @param format whether to format the drive first, if it holds nothing
 * @param takeover whether to take the drive from another host that has not closed it
 * @param logFile log of the daemon; empty: standard error
 */
public record MountRequest(
    String spec,
    Path mountPoint,
    MountOptions options,
    boolean format,
    boolean takeover,
    String logFile) {}
