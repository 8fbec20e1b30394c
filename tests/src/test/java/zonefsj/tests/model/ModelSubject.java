// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.io.IOException;
import zonefsj.fs.ZoneFileSystem;

/** A filesystem under test, with the means to mount it anew. */
public interface ModelSubject extends AutoCloseable {
  /** The live filesystem; another object after {@link #remount}. */
  ZoneFileSystem fileSystem();

  /**
   * An operation has ended, and with it the use of the inode numbers that it was told. Only the
   * kernel's way to the filesystem has to know.
   */
  default void settle() {}

  /** Closes it and opens it again from what it has stored. All handles are gone afterwards. */
  void remount() throws Exception;

  @Override
  void close() throws IOException;

  /** Makes empty filesystems. */
  @FunctionalInterface
  interface Factory {
    /**
     * Makes an empty one.
     *
     * @param seed decides the drive, and all else that may differ
     * @param clock the filesystem takes all its times from here
     */
    ModelSubject create(long seed, ModelClock clock) throws Exception;
  }

  /** The reference as the filesystem under test: what the harness itself is tested with. */
  static ModelSubject ofReference(ReferenceFileSystem reference) {
    return new ModelSubject() {
      @Override
      public ZoneFileSystem fileSystem() {
        return reference;
      }

      @Override
      public void remount() {
        reference.remount();
      }

      @Override
      public void close() {
        reference.remount();
      }
    };
  }
}
