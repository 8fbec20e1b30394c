// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.tree.BatchGate;
import zonefsj.fs.tree.InodeLocks;
import zonefsj.fs.tree.MetadataView;

/**
 * The metadata of a mounted volume and their locks. Each part is thread-safe by its own rules.
 *
 * @param index the metadata as of the last applied batch
 * @param gate the open batch and the sealed one
 * @param view the metadata as of the last operation
 * @param locks by inode; taken inside the gate
 * @param counters inode numbers
 */
public record MetadataState(
    MetadataStore index, BatchGate gate, MetadataView view, InodeLocks locks, Counters counters) {}
