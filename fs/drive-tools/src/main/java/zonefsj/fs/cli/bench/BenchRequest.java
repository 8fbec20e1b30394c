// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.bench;

import org.jspecify.annotations.Nullable;

/**
 * A measurement that the user requests.
 *
 * @param zones number of zones at once
 * @param from number of the first zone that may be used
 * @param sizeBytes bytes of each zone; null: as many as it has
 * @param blockBytes bytes of one access
 * @param write whether to write the zones
 * @param reset whether zones that are not empty may be reset and written
 */
public record BenchRequest(
    int zones, int from, @Nullable Long sizeBytes, int blockBytes, boolean write, boolean reset) {}
