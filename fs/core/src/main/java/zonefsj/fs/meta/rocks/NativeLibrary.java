// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.HostException;

/**
 * Loads RocksDB's native library: the one that the build has unpacked from RocksDB's jar, or else
 * that of the jar, without leaving files.
 *
 * <p>RocksDB itself would first load any version that the host has installed, and would leave 15 MB
 * in /tmp if the process is killed. Unless the library is unpacked, this class therefore writes
 * that of the jar to its own directory, loads it and removes it at once: the kernel keeps the
 * mapped file as long as the process runs. The directory is beside the index ({@code DIR.native}).
 * If that is mounted noexec or served by another program or host, a private one under {@code
 * java.io.tmpdir} is used.
 */
final class NativeLibrary {
  private static final Logger LOG = LoggerFactory.getLogger(NativeLibrary.class);

  /** Filesystem types as in /proc/mounts. */
  private static final Pattern SERVED = Pattern.compile("(fuse|nfs|cifs|smb|9p|ceph|afs).*");

  private static final long BYTES = 15L << 20;

  /** Names the directory with the unpacked library of this machine. The launcher sets it. */
  private static final String UNPACKED = "zonefsj.native";

  private static boolean loaded;

  private NativeLibrary() {}

  /** Bytes that a load needs on the host for a moment, about; 0 after it. */
  static synchronized long missingBytes() {
    return loaded || unpacked() != null ? 0 : BYTES;
  }

  /**
   * Loads the library once for each process. Thread-safe.
   *
   * @throws HostException if it can be loaded from neither place; {@link HostException#isFull} if
   *     there is no space beside the index
   */
  static synchronized void load(IndexDirectory index) throws IOException {
    if (loaded || loadUnpacked()) {
      loaded = true;
      return;
    }
    boolean besideFirst = !mayVanish(index.parent());
    try {
      load(index, besideFirst);
    } catch (IOException | UnsatisfiedLinkError first) {
      try {
        load(index, !besideFirst);
      } catch (IOException | UnsatisfiedLinkError second) {
        second.addSuppressed(first);
        throw new HostException(
            index
                + ": the native library of RocksDB can be loaded neither from beside it ("
                + words(besideFirst ? first : second, true)
                + ") nor from "
                + System.getProperty("java.io.tmpdir")
                + " ("
                + words(besideFirst ? second : first, false)
                + ")",
            second);
      }
    }
    loaded = true;
  }

  /** Half of the time of an opening is that of unpacking: it is saved where it can be. */
  private static boolean loadUnpacked() {
    Path directory = unpacked();
    if (directory == null) {
      return false;
    }
    try {
      RocksDB.loadLibrary(List.of(directory.toString()));
      return true;
    } catch (UnsatisfiedLinkError unusable) {
      // On a filesystem that is mounted noexec, for example.
      LOG.debug("that of the jar is taken instead of the one in {}", directory, unusable);
      return false;
    }
  }

  /** The directory with the library of this machine, or null if there is none. */
  private static @Nullable Path unpacked() {
    String name = System.getProperty(UNPACKED);
    if (name == null) {
      return null;
    }
    Path directory = Path.of(name).toAbsolutePath();
    boolean usable = Files.isRegularFile(directory.resolve(fileName())) && !mayVanish(directory);
    return usable ? directory : null;
  }

  /** RocksDB requests the file by this name, which differs from the one in its jar. */
  private static String fileName() {
    return Environment.getJniLibraryFileName("rocksdbjni");
  }

  private static void load(IndexDirectory index, boolean beside) throws IOException {
    Path directory;
    if (beside) {
      directory = index.sibling("native");
      IndexDirectory.deleteTree(directory);
      IndexDirectory.createNew(directory);
    } else {
      directory = Files.createTempDirectory("zonefs-j-native");
    }
    try {
      load(directory);
    } finally {
      IndexDirectory.deleteTree(directory);
    }
  }

  /**
   * Whether another program or host serves the filesystem of a directory. If it disappears, an
   * access to a page of the library that is not in memory yet ends this process.
   */
  private static boolean mayVanish(Path directory) {
    try {
      return SERVED.matcher(Files.getFileStore(directory).type()).matches();
    } catch (IOException unknown) {
      LOG.debug("the filesystem of {} is not known", directory, unknown);
      return false;
    }
  }

  /** A lack of space elsewhere is none that a removal beside the index ends. */
  private static String words(Throwable failure, boolean beside) {
    if (failure instanceof IOException io) {
      String words = HostException.words(io);
      return beside || !new HostException(words).isFull() ? words : "it is full";
    }
    String message = String.valueOf(failure.getMessage());
    return message.contains("failed to map segment") ? "it is mounted noexec" : message;
  }

  private static void load(Path directory) throws IOException {
    Path file = directory.resolve(fileName());
    try (InputStream in = openResource()) {
      Files.copy(in, file);
    }
    RocksDB.loadLibrary(List.of(directory.toAbsolutePath().toString()));
  }

  private static InputStream openResource() throws IOException {
    String name = Environment.getJniLibraryFileName("rocksdb");
    InputStream in = RocksDB.class.getResourceAsStream("/" + name);
    if (in == null) {
      throw new FileNotFoundException("RocksDB has no library " + name + " for this machine");
    }
    return in;
  }
}
