// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.MediumPresence;
import zonefsj.device.OpenedPath;

/**
 * Whether an open file that holds a drive, or its changes, still has a name, and all of its bytes.
 *
 * <p>Thread-safe.
 */
public final class FilePresence implements MediumPresence {
  private static final Logger LOG = LoggerFactory.getLogger(FilePresence.class);

  private final Path path;
  private final NativeFile file;
  private final long leastBytes;
  private final OpenedPath opened;
  private final boolean hadName;

  /**
   * Remembers a file that has just been opened.
   *
   * @param leastBytes a shorter file is truncated
   * @throws IOException if nothing is at its path
   */
  public FilePresence(NativeFile file, long leastBytes) throws IOException {
    this.path = file.path();
    this.file = file;
    this.leastBytes = leastBytes;
    this.opened = new OpenedPath(path);
    // Some filesystems count no names at all.
    this.hadName = !file.isUnlinked();
  }

  @Override
  public boolean isPresent() {
    return opened.isPresent() && !isTruncated();
  }

  @Override
  public String loss() {
    if (isTruncated()) {
      return path + " was truncated";
    }
    try {
      return hadName && file.isUnlinked() ? path + " was deleted" : "";
    } catch (IOException failed) {
      LOG.debug("the names of {} are unknown", path, failed);
      return "";
    }
  }

  private boolean isTruncated() {
    try {
      return file.sizeBytes() < leastBytes;
    } catch (IOException failed) {
      LOG.debug("the size of {} is unknown", path, failed);
      return false;
    }
  }
}
