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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to mount the filesystem with a certain UUID. The drive has its own lock; this lock
 * keeps two copies of one image from sharing an index. The system releases it when the process
 * ends, in whatever way.
 */
public final class UuidLock implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(UuidLock.class);

  private final UUID uuid;
  private final FileChannel channel;

  private UuidLock(UUID uuid, FileChannel channel) {
    this.uuid = uuid;
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @param directory private directory for these locks
   * @param holder SPEC and DIR of the holder, for the message to others that are refused meanwhile
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
            holder
                + ": the filesystem with UUID "
                + uuid
                + " is mounted already: "
                + Files.readString(file).strip()
                + "; a copy of a drive gets a UUID of its own by 'zonefs-j tune --new-uuid'");
      }
      noteHolder(channel, holder);
      taken = true;
      return new UuidLock(uuid, channel);
    } finally {
      if (!taken) {
        channel.close();
      }
    }
  }

  private static void noteHolder(FileChannel channel, String holder) {
    try {
      channel.truncate(0);
      channel.write(ByteBuffer.wrap((holder + "\n").getBytes(StandardCharsets.UTF_8)), 0);
    } catch (IOException full) {
      LOG.warn("the lock is taken, and others are not told by whom: {}", full.getMessage());
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // This process holds the lock.
      return null;
    }
  }

  /** The locked UUID. */
  public UUID uuid() {
    return uuid;
  }

  /**
   * Releases the lock. The file stays: if it were removed, two processes could lock two files, and
   * Java cannot tell whether a locked file still has its name.
   */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
