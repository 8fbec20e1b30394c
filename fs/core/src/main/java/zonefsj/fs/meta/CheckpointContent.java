// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * An immutable image of a store at one applied position, as a set of files. Files with the same
 * {@code contentHash} have the same content, also in different checkpoints, so only new files need
 * to be stored.
 */
public interface CheckpointContent extends Closeable {
  /**
   * One file of an image.
   *
   * @param name name within the image
   * @param sizeBytes length
   * @param contentHash SHA-256 of the content, in hexadecimal digits
   */
  record FileInfo(String name, long sizeBytes, String contentHash) {}

  /** Format of the files: "rocksdb-sst-1" or "pairs-1". */
  String format();

  /** Applied position of the image. */
  AppliedPosition mark();

  /** The files. */
  List<FileInfo> files();

  /** Opens one file. */
  InputStream open(FileInfo file) throws IOException;

  /** Releases the image (temporary links and the like). */
  @Override
  void close() throws IOException;
}
