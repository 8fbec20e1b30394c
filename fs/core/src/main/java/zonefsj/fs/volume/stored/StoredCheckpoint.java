// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.volume.stored.CheckpointManifest.Part;
import zonefsj.fs.volume.stored.CheckpointManifest.StoredFile;
import zonefsj.fs.volume.stored.SuperblockEntry.CheckpointRef;
import zonefsj.zonemgr.DriveCopies;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/**
 * A checkpoint on the drive. Every part is verified when it is read, and taken from the other copy
 * if it is damaged.
 */
public final class StoredCheckpoint implements CheckpointContent {
  private static final Logger LOG = LoggerFactory.getLogger(StoredCheckpoint.class);

  private final ZonedDevice device;
  private final UUID filesystem;
  private final CheckpointManifest manifest;
  private final Map<FileInfo, StoredFile> files = new HashMap<>();
  private final ProgressListener progress;
  private @Nullable PassProgress rebuilding;
  private @Nullable PassProgress checking;

  private StoredCheckpoint(
      ZonedDevice device, UUID filesystem, CheckpointManifest manifest, ProgressListener progress) {
    this.device = device;
    this.filesystem = filesystem;
    this.manifest = manifest;
    manifest.files().forEach(file -> files.putIfAbsent(file.info(), file));
    this.progress = progress;
  }

  private long totalBytes() {
    return manifest.files().stream().mapToLong(file -> file.info().sizeBytes()).sum();
  }

  /**
   * Reads the manifest of a checkpoint.
   *
   * @throws IOException if all copies are damaged
   */
  public static StoredCheckpoint open(
      ZonedDevice device, UUID filesystem, CheckpointRef ref, ProgressListener progress)
      throws IOException {
    IOException failed = null;
    for (long position : ref.manifestPositions()) {
      try {
        CheckpointManifest manifest = readManifest(device, filesystem, ref, position);
        return new StoredCheckpoint(device, filesystem, manifest, progress);
      } catch (IOException oneCopy) {
        DeviceException.rethrowInconclusive(oneCopy);
        LOG.warn("a copy of a checkpoint's manifest cannot be used", oneCopy);
        failed = oneCopy;
      }
    }
    throw failed == null ? new IOException("a checkpoint without a manifest") : failed;
  }

  /** Reads one copy of a manifest. */
  public static CheckpointManifest readManifest(
      ZonedDevice device, UUID filesystem, CheckpointRef ref, long position) throws IOException {
    ByteBuffer payload =
        readFrame(
            device,
            filesystem,
            FrameKind.CHECKPOINT_MANIFEST,
            position,
            ref.manifestFrameBytes(),
            bytes -> isNamedBy(ref, CheckpointManifest.decode(filesystem, bytes)));
    CheckpointManifest manifest = CheckpointManifest.decode(filesystem, payload);
    if (!isNamedBy(ref, manifest)) {
      throw new IOException("a checkpoint manifest is not the one that the superblock entry names");
    }
    manifest.checkPlaces(device.geometry());
    return manifest;
  }

  private static boolean isNamedBy(CheckpointRef ref, CheckpointManifest manifest) {
    return manifest.mark().sequence() == ref.contains().sequence()
        && manifest.mark().chain() == ref.contains().chain();
  }

  /** Decides whether the payload of a whole frame is the one that must be there. */
  @FunctionalInterface
  private interface PayloadTest {
    /**
     * Tests a payload.
     *
     * @throws IOException if it cannot be decoded
     */
    boolean isWanted(ByteBuffer payload) throws IOException;
  }

  /**
   * Reads a whole frame.
   *
   * @param test chooses between the copies of the drive, of which one may have an older frame of
   *     the same place; the caller still examines what is returned
   */
  private static ByteBuffer readFrame(
      ZonedDevice device,
      UUID filesystem,
      FrameKind kind,
      long position,
      int frameBytes,
      PayloadTest test)
      throws IOException {
    ByteBuffer frame = ByteBuffer.allocateDirect(frameBytes);
    device.read(position, frame);
    frame.flip();
    DriveCopies.Check check =
        copy -> isFrame(copy, filesystem, kind, frameBytes) && isWanted(copy, test);
    if (!check.isRight(frame.duplicate())) {
      DriveCopies.Found found = DriveCopies.findRight(device, position, frameBytes, check);
      if (found != null) {
        LOG.warn("the checkpoint {}, at byte {}", found.words(), position);
        frame = found.bytes().slice();
      }
    }
    FrameHeader header = FrameHeader.decode(frame);
    if (header == null || !isFrame(frame, filesystem, kind, frameBytes)) {
      throw new IOException(
          "the checkpoint is damaged in zone "
              + device.geometry().zoneOf(position)
              + " at byte "
              + position
              + " of the drive");
    }
    return frame.slice(FrameHeader.BYTES, header.payloadBytes());
  }

  private static boolean isWanted(ByteBuffer frame, PayloadTest test) {
    FrameHeader header = FrameHeader.decode(frame);
    try {
      return header != null
          && test.isWanted(
              frame.slice(frame.position() + FrameHeader.BYTES, header.payloadBytes()));
    } catch (IOException undecodable) {
      return false;
    }
  }

  private static boolean isFrame(
      ByteBuffer frame, UUID filesystem, FrameKind kind, int frameBytes) {
    FrameHeader header = FrameHeader.decode(frame);
    return header != null
        && header.kind() == kind
        && header.filesystem().equals(filesystem)
        && header.frameBytes() == frameBytes
        && header.verifies(frame);
  }

  /** Reads one part. */
  public static ByteBuffer readPart(ZonedDevice device, UUID filesystem, Part part)
      throws IOException {
    int unitBytes = FrameHeader.unitBytes(device.geometry().blockSizeBytes());
    ByteBuffer payload =
        readFrame(
            device,
            filesystem,
            FrameKind.CHECKPOINT_PART,
            part.position(),
            FrameHeader.frameBytes(part.payloadBytes(), unitBytes),
            bytes -> isOf(part, bytes));
    if (!isOf(part, payload)) {
      throw new IOException(
          "the checkpoint has another part in zone "
              + device.geometry().zoneOf(part.position())
              + " at byte "
              + part.position()
              + " of the drive than the one that was written there");
    }
    return payload;
  }

  private static boolean isOf(Part part, ByteBuffer payload) {
    return payload.remaining() == part.payloadBytes()
        && FrameHeader.crc(payload.duplicate()) == part.crc();
  }

  /** The manifest of the checkpoint. */
  public CheckpointManifest manifest() {
    return manifest;
  }

  @Override
  public String format() {
    return manifest.format();
  }

  @Override
  public AppliedPosition mark() {
    return manifest.mark();
  }

  @Override
  public List<FileInfo> files() {
    return manifest.files().stream().map(StoredFile::info).toList();
  }

  @Override
  public InputStream open(FileInfo file) throws IOException {
    PassProgress pass = rebuilding;
    if (pass == null) {
      pass = new PassProgress(progress, "rebuilding the index: checkpoint bytes", totalBytes());
      rebuilding = pass;
    }
    return new PartStream(file.name(), find(file).copies(), pass);
  }

  /** Opens a file with the whole parts of all copies together, after the copies were checked. */
  public InputStream openWhatIsWhole(FileInfo file) throws IOException {
    return new PartStream(file.name(), find(file).copies(), PassProgress.silent());
  }

  /** Opens one copy of a file alone, for checks. */
  public InputStream openCopy(FileInfo file, int copy) throws IOException {
    PassProgress pass = checking;
    if (pass == null) {
      pass =
          new PassProgress(
              progress,
              "checking the checkpoint: bytes of all copies",
              CheckpointManifest.COPIES * totalBytes());
      checking = pass;
    }
    return new PartStream(file.name(), List.of(find(file).copies().get(copy)), pass);
  }

  private StoredFile find(FileInfo file) throws IOException {
    StoredFile stored = files.get(file);
    if (stored == null) {
      throw new IOException("the checkpoint has no file " + file.name());
    }
    return stored;
  }

  @Override
  public void close() {
    // Nothing to release: the drive belongs to the volume.
  }

  /** Goes forward through the parts of one copy of a file. */
  private static final class PartCursor {
    private final List<Part> parts;
    private int index;

    /** Offset in the file of the part at the index. */
    private long startBytes;

    PartCursor(List<Part> parts) {
      this.parts = parts;
    }

    /**
     * The part with the byte at an offset; the offset must not decrease. Null behind the last part.
     */
    @Nullable Part at(long offset) {
      while (index < parts.size()) {
        Part part = parts.get(index);
        if (offset < startBytes + part.payloadBytes()) {
          return part;
        }
        startBytes += part.payloadBytes();
        index++;
      }
      return null;
    }
  }

  /** The bytes of a file, each from the first copy whose part is whole. */
  private final class PartStream extends InputStream {
    private final String name;
    private final List<PartCursor> copies;
    private final PassProgress pass;
    private @Nullable ByteBuffer part;
    private long offset;

    PartStream(String name, List<List<Part>> copies, PassProgress pass) {
      this.name = name;
      this.copies = copies.stream().map(PartCursor::new).toList();
      this.pass = pass;
    }

    private @Nullable ByteBuffer current() throws IOException {
      ByteBuffer now = part;
      if (now == null || !now.hasRemaining()) {
        now = next();
        part = now;
      }
      return now;
    }

    /** The bytes from the offset on, in a part of any copy; null at the end. */
    private @Nullable ByteBuffer next() throws IOException {
      IOException failed = null;
      for (PartCursor copy : copies) {
        Part candidate = copy.at(offset);
        if (candidate == null) {
          continue;
        }
        try {
          ByteBuffer bytes = readPart(device, filesystem, candidate);
          bytes.position(bytes.position() + (int) (offset - copy.startBytes));
          offset = copy.startBytes + candidate.payloadBytes();
          pass.add(bytes.remaining());
          return bytes;
        } catch (IOException oneCopy) {
          DeviceException.rethrowInconclusive(oneCopy);
          LOG.warn("a copy of file {} of the checkpoint is damaged", name, oneCopy);
          failed = oneCopy;
        }
      }
      if (failed != null) {
        throw failed;
      }
      return null;
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
