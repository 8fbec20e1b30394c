// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumSet;
import zonefsj.device.block.NativeFile;
import zonefsj.device.block.PrivateFileCheck;

/** Short files that nobody but their owner may read or change. Stateless and thread-safe. */
final class PrivateFile {
  private static final int MAX_BYTES = 64 << 10;
  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private PrivateFile() {}

  /**
   * Reads a whole file; the caller clears the bytes.
   *
   * @throws IOException in one line if others have access to it, or it belongs to somebody else
   */
  static byte[] read(Path file) throws IOException {
    return read(file, () -> {});
  }

  /**
   * As {@link #read(Path)}.
   *
   * @param checked called between the check and the read, for tests
   */
  static byte[] read(Path file, Runnable checked) throws IOException {
    // Whoever made a pipe of this name may never write to it.
    try (NativeFile opened = NativeFile.open(file, EnumSet.of(NativeFile.Option.NO_WAIT))) {
      PrivateFileCheck.check(opened);
      checked.run();
      // The same file, even if its name leads to another one now.
      return opened.withDescriptor(same -> readAny(file, same));
    }
  }

  /** Reads the first line of a file that must be private; the caller clears it. */
  static char[] firstLine(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new IOException(file + ": there is no such file; it should hold a passphrase");
    }
    return firstLine(file, read(file));
  }

  /** The same of a file of the service manager, which sees to it that it is private. */
  static char[] firstLineOfCredential(Path file) throws IOException {
    try (NativeFile opened = NativeFile.open(file, EnumSet.of(NativeFile.Option.NO_WAIT))) {
      return firstLine(
          file,
          opened.withDescriptor(
              same -> {
                if (!Files.isRegularFile(same)) {
                  throw new IOException(file + ": this is no file; a credential is one");
                }
                return readAny(file, same);
              }));
    }
  }

  private static byte[] readAny(Path file, Path place) throws IOException {
    try (FileChannel channel = FileChannel.open(place, StandardOpenOption.READ)) {
      if (channel.size() > MAX_BYTES) {
        throw new IOException(file + ": this is too long for a key file or a passphrase");
      }
      ByteBuffer all = ByteBuffer.allocate(MAX_BYTES);
      try {
        while (all.hasRemaining() && channel.read(all) >= 0) {
          // until the end
        }
        return Arrays.copyOf(all.array(), all.position());
      } finally {
        Arrays.fill(all.array(), (byte) 0);
      }
    }
  }

  private static char[] firstLine(Path file, byte[] bytes) throws IOException {
    int end = 0;
    while (end < bytes.length && bytes[end] != '\n') {
      end++;
    }
    if (end > 0 && bytes[end - 1] == '\r') {
      end--;
    }
    try {
      CharBuffer decoded =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, end));
      char[] line = new char[decoded.remaining()];
      decoded.get(line);
      Arrays.fill(decoded.array(), '\0');
      return line;
    } catch (CharacterCodingException e) {
      throw new IOException(file + ": the passphrase is not valid UTF-8", e);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /** Makes a new file and returns when it is durable. */
  static void create(Path file, byte[] content) throws IOException {
    try {
      Files.createFile(file, OWNER_ONLY);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(
          file + ": this file exists already, and is left as it is; give another name", e);
    }
    boolean complete = false;
    try {
      write(file, content);
      complete = true;
    } finally {
      if (!complete) {
        Files.delete(file);
      }
    }
    makeDurable(directory(file));
  }

  /** Puts a new content in the place of a file; it is the old or the new one at all times. */
  static void replace(Path name, byte[] content) throws IOException {
    Path file = name.toRealPath();
    Path made = Files.createTempFile(directory(file), "." + file.getFileName(), ".new", OWNER_ONLY);
    boolean complete = false;
    try {
      write(made, content);
      if (!Files.getOwner(made).equals(Files.getOwner(file))) {
        Files.setOwner(made, Files.getOwner(file));
      }
      Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
      complete = true;
    } finally {
      if (!complete) {
        Files.deleteIfExists(made);
      }
    }
    makeDurable(directory(file));
  }

  private static void write(Path file, byte[] content) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer left = ByteBuffer.wrap(content);
      while (left.hasRemaining()) {
        channel.write(left);
      }
      channel.force(true);
    }
  }

  private static Path directory(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? Path.of("/") : parent;
  }

  private static void makeDurable(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
