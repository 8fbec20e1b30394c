package zonefsj.fs.volume;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.AppliedMark;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.volume.CheckpointManifest.Part;
import zonefsj.fs.volume.CheckpointManifest.StoredFile;
import zonefsj.fs.volume.RootEntry.CheckpointRef;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/** A checkpoint as it lies on the drive; every part is checked when it is read. */
final class StoredCheckpoint implements CheckpointContent {
  private final ZonedDevice device;
  private final UUID filesystem;
  private final CheckpointManifest manifest;
  private final ProgressListener progress;
  private final long totalBytes;
  private long readBytes;

  private StoredCheckpoint(
      ZonedDevice device, UUID filesystem, CheckpointManifest manifest, ProgressListener progress) {
    this.device = device;
    this.filesystem = filesystem;
    this.manifest = manifest;
    this.progress = progress;
    this.totalBytes = manifest.files().stream().mapToLong(f -> f.info().sizeBytes()).sum();
  }

  /**
   * Reads the manifest of a checkpoint.
   *
   * @throws IOException if it is damaged
   */
  static StoredCheckpoint open(
      ZonedDevice device, UUID filesystem, CheckpointRef ref, ProgressListener progress)
      throws IOException {
    ByteBuffer payload =
        readFrame(
            device,
            filesystem,
            FrameKind.CHECKPOINT_MANIFEST,
            ref.manifestPosition(),
            ref.manifestFrameBytes());
    CheckpointManifest manifest = CheckpointManifest.decode(filesystem, payload);
    boolean same =
        manifest.mark().sequence() == ref.contains().sequence()
            && manifest.mark().chain() == ref.contains().chain();
    if (!same) {
      throw new IOException("a checkpoint manifest is not the one that the root names");
    }
    return new StoredCheckpoint(device, filesystem, manifest, progress);
  }

  private static ByteBuffer readFrame(
      ZonedDevice device, UUID filesystem, FrameKind kind, long position, int frameBytes)
      throws IOException {
    ByteBuffer frame = ByteBuffer.allocateDirect(frameBytes);
    device.read(position, frame);
    frame.flip();
    FrameHeader header = FrameHeader.decode(frame);
    boolean good =
        header != null
            && header.kind() == kind
            && header.filesystem().equals(filesystem)
            && header.frameBytes() == frameBytes
            && header.verifies(frame);
    if (header == null || !good) {
      throw new IOException(
          "the checkpoint is damaged in zone "
              + device.geometry().zoneOf(position)
              + " at byte "
              + position
              + " of the drive");
    }
    return frame.slice(FrameHeader.BYTES, header.payloadBytes());
  }

  CheckpointManifest manifest() {
    return manifest;
  }

  @Override
  public String format() {
    return manifest.format();
  }

  @Override
  public AppliedMark mark() {
    return manifest.mark();
  }

  @Override
  public List<FileInfo> files() {
    return manifest.files().stream().map(StoredFile::info).toList();
  }

  @Override
  public InputStream open(FileInfo file) throws IOException {
    for (StoredFile stored : manifest.files()) {
      if (stored.info().equals(file)) {
        return new PartStream(stored.parts().iterator());
      }
    }
    throw new IOException("the checkpoint has no file " + file.name());
  }

  @Override
  public void close() {
    // Nothing is held: the drive belongs to the volume.
  }

  /** The parts of a file, one after the other. */
  private final class PartStream extends InputStream {
    private final Iterator<Part> parts;
    private @Nullable ByteBuffer part;

    PartStream(Iterator<Part> parts) {
      this.parts = parts;
    }

    private @Nullable ByteBuffer current() throws IOException {
      ByteBuffer now = part;
      while ((now == null || !now.hasRemaining()) && parts.hasNext()) {
        Part next = parts.next();
        int unit = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
        now =
            readFrame(
                device,
                filesystem,
                FrameKind.CHECKPOINT_PART,
                next.position(),
                FrameHeader.frameBytes(next.payloadBytes(), unit));
        part = now;
        readBytes += next.payloadBytes();
        progress.progress("rebuilding the index: checkpoint bytes", readBytes, totalBytes);
      }
      return now == null || !now.hasRemaining() ? null : now;
    }

    @Override
    public int read() throws IOException {
      ByteBuffer now = current();
      return now == null ? -1 : Byte.toUnsignedInt(now.get());
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      ByteBuffer now = current();
      if (now == null) {
        return -1;
      }
      int bytes = Math.min(length, now.remaining());
      now.get(target, offset, bytes);
      return bytes;
    }
  }
}
