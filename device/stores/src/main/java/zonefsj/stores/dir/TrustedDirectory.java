// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.dir;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.mounts.MountTable;
import zonefsj.device.mounts.MountTableEntry;
import zonefsj.stores.StoreRefusedException;

/**
 * A directory, and those in it, in which nobody but the user of this process and root can have put
 * something that leads elsewhere. Thread-safe. Takes some 100 bytes for each directory in it that
 * was used.
 */
final class TrustedDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(TrustedDirectory.class);
  private static final int WORLD_WRITABLE = 0002;
  private static final String ATTRIBUTES = "unix:uid,mode,isDirectory";

  private final Path root;
  private final @Nullable Object identity;
  private final Set<Object> users;

  /** Directories in which nobody else can have put a link. */
  private final Set<Path> safe = ConcurrentHashMap.newKeySet();

  private TrustedDirectory(Path root) throws IOException {
    this.root = root;
    this.identity = identityOf(root);
    // Where root has no user number, as in some user namespaces, the owner of "/" stands for root.
    this.users =
        Set.copyOf(
            List.of(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid"),
                Files.getAttribute(Path.of("/"), "unix:uid"),
                0));
  }

  /**
   * Checks a directory.
   *
   * @param root exists
   * @throws StoreRefusedException if others may change it
   */
  static TrustedDirectory open(Path root) throws IOException {
    TrustedDirectory directory = new TrustedDirectory(root);
    directory.requireTrustedMount();
    directory.check(root, Files.readAttributes(root, ATTRIBUTES));
    return directory;
  }

  /** A FUSE filesystem of another user can report any owners and modes. */
  private void requireTrustedMount() throws IOException {
    MountTable mounts = MountTable.read();
    Optional<MountTableEntry> mount = Optional.empty();
    for (Path at = root.toRealPath(); at != null && mount.isEmpty(); at = at.getParent()) {
      mount = mounts.at(at);
    }
    OptionalInt mounter = mount.map(MountTableEntry::mounterUid).orElse(OptionalInt.empty());
    if (mount.isPresent()
        && mount.orElseThrow().isFuse()
        && mounter.isPresent()
        && !users.contains(mounter.getAsInt())) {
      throw new StoreRefusedException(
          root + " was mounted by user " + mounter.getAsInt() + ", who could lead us elsewhere",
          null);
    }
  }

  /**
   * Checks a directory, once.
   *
   * @throws NoSuchFileException if it is not there
   * @throws StoreRefusedException if it could lead elsewhere
   */
  void requireSafe(Path directory) throws IOException {
    if (directory.equals(root) || safe.contains(directory)) {
      return;
    }
    requireSafe(directoryOf(directory));
    check(directory, Files.readAttributes(directory, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS));
    safe.add(directory);
  }

  private void check(Path directory, Map<String, Object> attributes) throws StoreRefusedException {
    if (!Boolean.TRUE.equals(attributes.get("isDirectory"))) {
      throw new StoreRefusedException(directory + " is no directory", null);
    }
    Object owner = attributes.get("uid");
    if (!users.contains(owner)) {
      throw new StoreRefusedException(
          directory
              + " belongs to user "
              + owner
              + ", who could lead us elsewhere: use the drive as that user, or take the directory"
              + " over (chown)",
          null);
    }
    if (!(attributes.get("mode") instanceof Integer mode) || (mode & WORLD_WRITABLE) != 0) {
      throw new StoreRefusedException(
          "everybody may write to "
              + directory
              + ": give another directory, or take that right away (chmod o-w)",
          null);
    }
  }

  /** Somebody has deleted a directory: those in it are checked again. */
  void forget() {
    safe.clear();
  }

  /** Opens an object; nothing but a plain file is one. */
  FileChannel openObject(String name) throws IOException {
    Path file = root.resolve(name);
    requireSafe(directoryOf(file));
    requireFile(file);
    return FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
  }

  /** A pipe would wait for somebody who writes, and a link leads elsewhere. */
  static void requireFile(Path file) throws IOException {
    if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .isRegularFile()) {
      throw new StoreRefusedException(file + " is no plain file", null);
    }
  }

  /** Whether there is a plain file. */
  static boolean isObject(Path file) throws IOException {
    try {
      requireFile(file);
      return true;
    } catch (NoSuchFileException deleted) {
      LOG.trace("{} was deleted meanwhile", file, deleted);
      return false;
    }
  }

  private static @Nullable Object identityOf(Path directory) throws IOException {
    return Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
  }

  /**
   * Looks whether the directory is still the one that was opened.
   *
   * @throws StoreRefusedException if it is not
   */
  void requireSameRoot() throws IOException {
    try {
      if (Objects.equals(identity, identityOf(root))) {
        return;
      }
    } catch (NoSuchFileException gone) {
      throw new StoreRefusedException(root + " is gone", gone);
    }
    throw new StoreRefusedException(
        root + " is not the directory any more that was opened: was something unmounted?", null);
  }

  static Path directoryOf(Path path) {
    return Objects.requireNonNullElse(path.getParent(), path);
  }
}
