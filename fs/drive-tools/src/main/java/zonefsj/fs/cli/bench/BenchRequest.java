// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.bench;

import org.jspecify.annotations.Nullable;

/**
 * What the user wants to have measured.
 *
 * @param zones how many zones at once
 * @param from number of the first zone that may be taken
 * @param sizeBytes how much of each zone; null: as much as it has
 * @param blockBytes how much at once
 * @param write whether they are written
 * @param reset whether zones that are not empty may be reset and written
 */
public record BenchRequest(
    int zones, int from, @Nullable Long sizeBytes, int blockBytes, boolean write, boolean reset) {}
