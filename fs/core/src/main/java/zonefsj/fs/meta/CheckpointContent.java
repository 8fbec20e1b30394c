// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * An immutable image of a store at one mark: some files. Files with the same {@code contentHash}
 * are the same content, also between checkpoints, so that only new ones need to be stored again.
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

  /** How the files are to be read again: "rocksdb-sst-1" or "pairs-1". */
  String format();

  /** Where in the journal's history the image stands. */
  AppliedPosition mark();

  /** The files. */
  List<FileInfo> files();

  /** Opens one file. */
  InputStream open(FileInfo file) throws IOException;

  /** Gives up the image (temporary links and the like). */
  @Override
  void close() throws IOException;
}
