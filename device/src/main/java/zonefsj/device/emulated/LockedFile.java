package zonefsj.device.emulated;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;
import zonefsj.device.block.BlockDeviceFacts;
import zonefsj.device.block.NativeFile;
import zonefsj.device.block.NativeFile.Option;

/**
 * A file or drive that is locked with flock(2), whatever it is reached by: where it is a loop
 * device, the file behind it is locked, too, so that an image and its loop devices are one drive.
 *
 * <p>Thread-safe.
 */
final class LockedFile implements Closeable {
  private final NativeFile file;
  private final @Nullable NativeFile behind;

  private LockedFile(NativeFile file, @Nullable NativeFile behind) {
    this.file = file;
    this.behind = behind;
  }

  /**
   * Locks an open file, without waiting; it is closed if that fails.
   *
   * @param shared whether others may lock it so, too
   * @return null if another one has locked it
   * @throws IOException if the system cannot lock it
   */
  static @Nullable LockedFile tryLock(ImagePlace place, NativeFile file, boolean shared)
      throws IOException {
    NativeFile behind = null;
    boolean locked = false;
    try {
      behind = openBehind(place);
      locked = file.tryLock(shared) && (behind == null || behind.tryLock(shared));
      return locked ? new LockedFile(file, behind) : null;
    } finally {
      if (!locked) {
        new LockedFile(file, behind).close();
      }
    }
  }

  private static @Nullable NativeFile openBehind(ImagePlace place) throws IOException {
    Path behind = place.isDrive() ? BlockDeviceFacts.of(place.path()).backingFile() : null;
    return behind == null ? null : NativeFile.open(behind, EnumSet.noneOf(Option.class));
  }

  /** The file or drive itself. */
  NativeFile file() {
    return file;
  }

  @Override
  public void close() throws IOException {
    try {
      file.close();
    } finally {
      if (behind != null) {
        behind.close();
      }
    }
  }
}
