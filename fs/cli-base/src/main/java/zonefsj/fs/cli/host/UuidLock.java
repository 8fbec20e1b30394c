// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The right to mount a filesystem with a certain UUID. The drive has a lock of its own; this one
 * keeps two copies of one image from sharing an index. The system takes it back when the process
 * ends, however it ends.
 */
public final class UuidLock implements Closeable {
  private final UUID uuid;
  private final FileChannel channel;

  private UuidLock(UUID uuid, FileChannel channel) {
    this.uuid = uuid;
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @param directory private directory for such locks
   * @param holder who asks, in words for whoever is refused meanwhile: SPEC and DIR
   * @throws UserError if the UUID is mounted already
   */
  public static UuidLock take(Path directory, UUID uuid, String holder) throws IOException {
    Path file = directory.resolve(uuid + ".lock");
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    boolean taken = false;
    try {
      if (tryLock(channel) == null) {
        throw new UserError(
            "the filesystem with UUID "
                + uuid
                + " is mounted already: "
                + Files.readString(file).strip()
                + "; a copy of a drive gets a UUID of its own by 'zonefs-j tune --new-uuid'");
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap((holder + "\n").getBytes(StandardCharsets.UTF_8)), 0);
      taken = true;
      return new UuidLock(uuid, channel);
    } finally {
      if (!taken) {
        channel.close();
      }
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // This very process has it.
      return null;
    }
  }

  /** What is locked. */
  public UUID uuid() {
    return uuid;
  }

  /**
   * Gives the lock back. The file stays: removing it would let two processes lock two files, and
   * nothing tells from Java whether the file that one has locked still has its name.
   */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
