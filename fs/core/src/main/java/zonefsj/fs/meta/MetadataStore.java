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
 *   <li>must apply a batch and its applied position atomically: after a crash of the host either
 *       both or none are there, across all column families, and the content is a prefix of the
 *       applied batches;
 *   <li>need not make an applied batch durable before {@link #flush()};
 *   <li>must let readers see a batch once {@link #apply} has returned.
 * </ul>
 *
 * <p>Threading: any number of threads read, also while one thread calls {@link #apply}. One thread
 * at a time takes an image or compacts; others read and apply meanwhile. No call may overlap {@link
 * #close}, unless the implementation allows it.
 */
public interface MetadataStore extends MetadataReader, Closeable {
  /** The applied position of the newest batch; empty for a new store. */
  Optional<AppliedPosition> mark() throws IOException;

  /** Applies a batch and sets the applied position. */
  void apply(MetadataBatch batch, AppliedPosition mark) throws IOException;

  /** Makes everything applied durable on the host. */
  void flush() throws IOException;

  /**
   * Takes an image of the store at some moment during the call; the image contains its applied
   * position. Everything applied before the call is in the image, and is then durable on the host.
   */
  CheckpointContent checkpoint() throws IOException;

  /**
   * Tells the store which checkpoint the drive holds, so that the next image need not read files of
   * the host whose content is in that checkpoint. The caller closes the content.
   *
   * @throws IOException if the checkpoint cannot be read; the next image then reads all files
   */
  void noteStored(CheckpointContent stored) throws IOException;

  /**
   * Approximate length in bytes of an image taken now, including dead entries that are not
   * compacted yet. Takes microseconds.
   */
  long imageBytes();

  /** Approximate value of {@link #imageBytes} after {@link #compact}. Takes microseconds. */
  long compactImageBytes();

  /**
   * Removes dead entries, so that an image becomes as short as possible. Takes as long as writing
   * the whole index; other threads read and write meanwhile.
   */
  void compact() throws IOException;

  /** Bytes of memory that the store's own caches and buffers take, for status. */
  long memoryBytes();
}
