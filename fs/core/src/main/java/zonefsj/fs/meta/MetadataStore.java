// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/**
 * An index of metadata.
 *
 * <p>Every implementation
 *
 * <ul>
 *   <li>must apply a batch and its mark as one: after a crash of the host either both or none are
 *       there, across all families, and what is there is a prefix of the applied batches;
 *   <li>need not make an applied batch durable before {@link #flush()};
 *   <li>must let readers see a batch once {@link #apply} has returned.
 * </ul>
 */
public interface MetadataStore extends MetadataReader, Closeable {
  /** The mark of the newest applied batch; empty for a new store. */
  Optional<AppliedPosition> mark() throws IOException;

  /** Applies a batch and moves the mark. */
  void apply(MetadataBatch batch, AppliedPosition mark) throws IOException;

  /** Makes everything applied durable on the host. */
  void flush() throws IOException;

  /**
   * Takes an image of the store as it is at some moment of the call, which the mark of the image
   * tells. What had been applied before is in it, and is durable on the host then.
   */
  CheckpointContent checkpoint() throws IOException;

  /**
   * Length in bytes that an image taken now would have, about: entries that are dead but not merged
   * away count. Costs microseconds.
   */
  long imageBytes();

  /** What {@link #imageBytes} would be after {@link #compact}, about. Costs microseconds. */
  long compactImageBytes();

  /**
   * Merges away what is dead, so that an image is as short as it can be. Takes as long as writing
   * the whole index; others read and write meanwhile.
   */
  void compact() throws IOException;

  /** Bytes of memory that the store's own caches and buffers take, for status. */
  long memoryBytes();
}
