// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether another user could redirect a path, by a symbolic link or by replacing a directory.
 *
 * <p>The rule is that of sshd(8) for keys: the user who asks, or root, owns every directory and
 * every symbolic link on the way, and none of the directories is world-writable. A world-writable
 * directory on the way, like {@code /tmp}, is accepted with the sticky bit, which protects the
 * files of other owners from being replaced. Group write permission is the decision of the
 * directory's owner.
 */
public final class TrustedPath {
  private static final int MAX_LINKS = 40;
  private static final int ROOT = 0;
  private static final int WORLD_WRITABLE = 0002;
  private static final int STICKY = 01000;

  /** For what a path is trusted. */
  private enum Use {
    /** A directory for new files. */
    NEW_FILES,
    /** A directory for new files whose names nobody can guess. */
    NEW_NAMES,
    /** A file that is read, if it is there. */
    READ
  }

  private final int uid;
  private final int systemOwner;
  private final MountInfo mounts;

  private TrustedPath(int uid, int systemOwner, MountInfo mounts) {
    this.uid = uid;
    this.systemOwner = systemOwner;
    this.mounts = mounts;
  }

  /**
   * Checks a directory for new files, and all directories that lead to it. Parts that do not exist
   * yet are accepted, for the caller to create.
   *
   * @param uid user who asks
   * @throws UserError if another user may redirect the path, or change the content of the directory
   */
  public static void check(Path directory, int uid) throws IOException {
    of(uid).walk(directory.toAbsolutePath(), Use.NEW_FILES);
  }

  /**
   * Checks a directory for new files whose names nobody can guess. The directory may be
   * world-writable if it has the sticky bit.
   *
   * @throws UserError as {@link #check}
   */
  public static void checkForNewNames(Path directory, int uid) throws IOException {
    of(uid).walk(directory.toAbsolutePath(), Use.NEW_NAMES);
  }

  /**
   * Checks a file that is read if it is there, and all directories and links that lead to it.
   * Devices like {@code /dev/null} are accepted.
   *
   * @throws UserError if another user may write to the file, create it, or put another one in its
   *     place
   */
  public static void checkToRead(Path file, int uid) throws IOException {
    try {
      of(uid).walk(file.toAbsolutePath(), Use.READ);
    } catch (AccessDeniedException unreachable) {
      // It cannot be read either, and only a directory that is trusted forbids it.
    }
  }

  /**
   * Checks an existing file, and all directories that lead to it, without access to anything on a
   * FUSE mount of another user, which might not answer.
   *
   * @throws UserError if another user may write to the file, or replace it
   * @throws NoSuchFileException if it does not exist
   */
  public static void checkFile(Path file, int uid) throws IOException {
    checkFile(file, uid, MountInfo.read());
  }

  /** As above, with given mounts, for tests. */
  static void checkFile(Path file, int uid, MountInfo mounts) throws IOException {
    of(uid, mounts).walkToFile(file.toAbsolutePath());
  }

  /**
   * Checks the way to something that is known by another name: that no other user could have led
   * the path there. Does not access the end.
   *
   * @param path absolute
   * @param end to where it leads, by its real path
   * @param uid user who may lead, beside root
   * @throws UserError if another user could have led it there, or it does not lead there any more
   */
  public static void checkWay(Path path, Path end, int uid) throws IOException {
    if (!of(uid).walk(path, Use.NEW_NAMES, end)) {
      throw new UserError(path + " leads elsewhere than a moment ago; nothing is done");
    }
  }

  private static TrustedPath of(int uid) throws IOException {
    return of(uid, MountInfo.read());
  }

  private static TrustedPath of(int uid, MountInfo mounts) throws IOException {
    // Where root has no user number, as in some user namespaces, the owner of "/" stands for root.
    return new TrustedPath(uid, Facts.of(Path.of("/")).uid(), mounts);
  }

  private void walkToFile(Path file) throws IOException {
    Path parent = file.getParent();
    if (parent == null) {
      throw new UserError(file + ": not a file");
    }
    walk(parent, Use.NEW_NAMES);
    refuseMountOfStranger(file, file);
    Facts facts = Facts.of(file);
    if (facts.isLink()) {
      throw new UserError(file + ": a symbolic link");
    }
    refuseStranger(file, file, facts);
    refuseWorldWritable(file, file, facts, false);
  }

  private void walk(Path directory, Use use) throws IOException {
    walk(directory, use, null);
  }

  /** Returns whether the walk was ended by meeting {@code end}. */
  private boolean walk(Path directory, Use use, @Nullable Path end) throws IOException {
    Deque<Path> ahead = new ArrayDeque<>();
    directory.forEach(ahead::addLast);
    Path reached = Path.of("/");
    int links = 0;
    while (!ahead.isEmpty()) {
      Path next = ahead.removeFirst();
      if (next.toString().equals("..")) {
        Path parent = reached.getParent();
        reached = parent == null ? reached : parent;
        continue;
      }
      Path path = reached.resolve(next).normalize();
      if (ahead.isEmpty() && path.equals(end)) {
        return true;
      }
      // Before any access to it: the daemon of another user need not answer.
      refuseMountOfStranger(directory, path);
      Facts facts;
      try {
        facts = Facts.of(path);
      } catch (NoSuchFileException absent) {
        // The caller is going to create it; what is only read, nobody else may create meanwhile.
        if (use == Use.READ) {
          refuseWorldWritable(directory, reached, Facts.of(reached), false);
        }
        return false;
      }
      refuseStranger(directory, path, facts);
      if (facts.isLink()) {
        refuseKernelLink(directory, path);
        if (++links > MAX_LINKS) {
          throw new UserError(directory + ": too many symbolic links");
        }
        Path target = Files.readSymbolicLink(path);
        if (target.isAbsolute()) {
          reached = Path.of("/");
        }
        Deque<Path> longer = new ArrayDeque<>();
        target.forEach(longer::addLast);
        longer.addAll(ahead);
        ahead = longer;
        continue;
      }
      if (use == Use.READ && facts.isDevice()) {
        // What is written to it is not what is read.
        return false;
      }
      refuseWorldWritable(directory, path, facts, true);
      reached = path;
    }
    refuseWorldWritable(directory, reached, Facts.of(reached), use == Use.NEW_NAMES);
    return false;
  }

  private void refuseStranger(Path directory, Path path, Facts facts) throws UserError {
    int owner = facts.uid();
    if (owner != uid && owner != ROOT && owner != systemOwner) {
      throw new UserError(
          directory
              + ": "
              + path
              + " belongs to user "
              + owner
              + ", who could lead us elsewhere: give a directory that only user "
              + uid
              + " and root can change");
    }
  }

  /**
   * A link of a process, like {@code /proc/PID/fd/5}, leads to what is open there, whatever its
   * text says; those directly in {@code /proc} lead where they say.
   */
  private void refuseKernelLink(Path directory, Path link) throws UserError {
    Optional<MountEntry> mount = mounts.covering(link);
    if (mount.isPresent()
        && mount.orElseThrow().type().equals("proc")
        && !mount.orElseThrow().mountPoint().equals(link.getParent())) {
      throw new UserError(directory + ": nobody can tell where " + link + " leads; give its name");
    }
  }

  /** A FUSE filesystem of another user can report any owners and modes. */
  private void refuseMountOfStranger(Path directory, Path path) throws UserError {
    Optional<MountEntry> mount = mounts.at(path);
    if (mount.isPresent() && mount.orElseThrow().type().startsWith("fuse")) {
      int owner = mount.orElseThrow().mounterUid().orElse(ROOT);
      if (owner != uid && owner != ROOT) {
        throw new UserError(directory + ": " + path + " was mounted by user " + owner);
      }
    }
  }

  /**
   * @param isPassed whether the sticky bit is enough, because only a name in the directory is
   *     followed, or because nobody can guess the new names
   */
  private static void refuseWorldWritable(Path directory, Path path, Facts facts, boolean isPassed)
      throws UserError {
    if ((facts.mode() & WORLD_WRITABLE) != 0 && !(isPassed && (facts.mode() & STICKY) != 0)) {
      throw new UserError(
          directory
              + ": everybody may write to "
              + path
              + ": give another directory, or take that right away (chmod o-w)");
    }
  }

  /**
   * The attributes that decide.
   *
   * @param uid owner
   * @param mode permission bits with the sticky bit
   * @param isLink whether it is a symbolic link, whose own mode has no meaning
   * @param isDevice whether it is neither a file, nor a directory, nor a link
   */
  private record Facts(int uid, int mode, boolean isLink, boolean isDevice) {
    static Facts of(Path path) throws IOException {
      Map<String, Object> attributes =
          Files.readAttributes(
              path, "unix:uid,mode,isSymbolicLink,isOther", LinkOption.NOFOLLOW_LINKS);
      return new Facts(
          (Integer) Objects.requireNonNull(attributes.get("uid")),
          (Integer) Objects.requireNonNull(attributes.get("mode")),
          (Boolean) Objects.requireNonNull(attributes.get("isSymbolicLink")),
          (Boolean) Objects.requireNonNull(attributes.get("isOther")));
    }
  }
}
