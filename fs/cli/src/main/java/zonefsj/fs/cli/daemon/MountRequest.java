// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.nio.file.Path;
import zonefsj.fs.cli.options.MountOptions;

/**
 * What is to be mounted.
 *
 * @param spec text of the SPEC; paths in it are absolute
 * @param mountPoint canonical directory
 * @param options what {@code -o} says
 * @param logFile where the daemon logs; empty: standard error
 */
public record MountRequest(String spec, Path mountPoint, MountOptions options, String logFile) {}
