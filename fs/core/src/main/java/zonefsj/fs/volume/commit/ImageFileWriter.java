// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.HostException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.CheckpointContent.FileInfo;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.stored.CheckpointManifest.Part;
import zonefsj.fs.volume.stored.StoredCheckpoint;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockLog;

/**
 * Writes the files of an image to the drive. A file that the newest checkpoint holds may have been
 * damaged on the host since it was verified; its content then comes from that checkpoint.
 *
 * <p>Threading: one thread at a time.
 */
final class ImageFileWriter {
  private final CheckpointContent content;
  private final DriveZones drive;
  private final SuperblockLog superblockLog;
  private final VolumeHealth health;
  private final LongConsumer written;

  /** A file cannot be read; the cause tells why. */
  private static final class UnreadableException extends IOException {
    private static final long serialVersionUID = 1;
    private final IOException why;

    UnreadableException(IOException why) {
      super(why);
      this.why = why;
    }
  }

  /**
   * @param written is told the bytes of each part that is written
   */
  ImageFileWriter(
      CheckpointContent content,
      DriveZones drive,
      SuperblockLog superblockLog,
      VolumeHealth health,
      LongConsumer written) {
    this.written = written;
    this.content = content;
    this.drive = drive;
    this.superblockLog = superblockLog;
    this.health = health;
  }

  /**
   * Writes a file.
   *
   * @param stored this file in the newest checkpoint; null if it is not there
   * @throws HostException if the host cannot read the file
   * @throws IOException if the file is damaged, or the drive fails
   */
  List<Part> write(FileInfo info, @Nullable FileInfo stored, CheckpointCopy copy)
      throws IOException {
    try {
      return write(content, info, copy);
    } catch (UnreadableException onHost) {
      List<Part> parts = stored == null ? null : copyStored(stored, copy);
      if (parts == null) {
        throw onHost.why;
      }
      health.report(
          "a file of the index was taken from the checkpoint on the drive: "
              + onHost.why.getMessage());
      return parts;
    }
  }

  /** Returns null if the checkpoint on the drive cannot be read either. */
  private @Nullable List<Part> copyStored(FileInfo stored, CheckpointCopy copy) throws IOException {
    SuperblockEntry.CheckpointRef ref = superblockLog.current().checkpoint();
    if (ref == null) {
      return null;
    }
    try (StoredCheckpoint newest = open(ref)) {
      return write(newest, stored, copy);
    } catch (UnreadableException onDrive) {
      health.report("the newest checkpoint cannot be read: " + onDrive.why.getMessage());
      return null;
    }
  }

  private StoredCheckpoint open(SuperblockEntry.CheckpointRef ref) throws UnreadableException {
    return reading(
        () ->
            StoredCheckpoint.open(
                drive.device(), superblockLog.current().filesystem(), ref, ProgressListener.NONE));
  }

  private List<Part> write(CheckpointContent from, FileInfo info, CheckpointCopy copy)
      throws IOException {
    List<Part> where = new ArrayList<>();
    long left = info.sizeBytes();
    try (InputStream in = reading(() -> from.open(info))) {
      while (left > 0) {
        int bytes = (int) Math.min(left, copy.roomForPayload());
        byte[] chunk = reading(() -> in.readNBytes(bytes));
        if (chunk.length != bytes) {
          throw new UnreadableException(
              new HostException("file " + info.name() + " of the index is shorter than it was"));
        }
        where.add(copy.appendPart(ByteBuffer.wrap(chunk)));
        written.accept(bytes);
        left -= bytes;
      }
    }
    return where;
  }

  private static <T> T reading(HostException.Action<T> read) throws UnreadableException {
    try {
      return read.run();
    } catch (IOException failed) {
      throw new UnreadableException(failed);
    }
  }
}
