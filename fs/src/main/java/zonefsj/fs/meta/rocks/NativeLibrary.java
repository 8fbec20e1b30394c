package zonefsj.fs.meta.rocks;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;
import zonefsj.fs.HostException;

/**
 * Loads RocksDB's native library from its jar, and leaves nothing behind.
 *
 * <p>RocksDB alone would first take whatever version the host has installed, and would leave 15 MB
 * in /tmp when the process is killed. So the jar's library is written into a directory of ours,
 * loaded, and removed at once: the kernel keeps the mapped file for as long as we run. The
 * directory is beside the index ({@code DIR.native}); where that is mounted noexec, a private one
 * under {@code java.io.tmpdir} is used.
 */
final class NativeLibrary {
  private static boolean loaded;

  private NativeLibrary() {}

  /** Loads once for each process. */
  static synchronized void load(IndexDirectory index) throws IOException {
    if (loaded) {
      return;
    }
    Path beside = index.sibling("native");
    try {
      IndexDirectory.deleteTree(beside);
      IndexDirectory.createNew(beside);
      load(beside);
    } catch (IOException | UnsatisfiedLinkError first) {
      loadElsewhere(index, first);
    } finally {
      IndexDirectory.deleteTree(beside);
    }
    loaded = true;
  }

  private static void loadElsewhere(IndexDirectory index, Throwable first) throws IOException {
    Path elsewhere = Files.createTempDirectory("zonefs-j-native");
    try {
      load(elsewhere);
    } catch (IOException | UnsatisfiedLinkError second) {
      second.addSuppressed(first);
      throw new HostException(
          index
              + ": the native library of RocksDB can be loaded neither from beside it ("
              + words(first)
              + ") nor from "
              + elsewhere.getParent()
              + " ("
              + words(second)
              + ")",
          second);
    } finally {
      IndexDirectory.deleteTree(elsewhere);
    }
  }

  private static String words(Throwable failure) {
    if (failure instanceof IOException io) {
      return HostException.words(io);
    }
    String message = String.valueOf(failure.getMessage());
    return message.contains("failed to map segment") ? "it is mounted noexec" : message;
  }

  private static void load(Path directory) throws IOException {
    // RocksDB asks for the file under this name, which is not the one in its jar.
    Path file = directory.resolve(Environment.getJniLibraryFileName("rocksdbjni"));
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
