package zonefsj.fs.volume;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.CheckpointContent.FileInfo;

/** Reads a checkpoint as a whole: manifest, every part, and the hash of every file. */
final class VolumeCheckerCheckpoint {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final String CONSEQUENCE =
      "a lost index cannot be rebuilt; an index on the host that is good still mounts, and should"
          + " be mounted once so that it writes a new checkpoint";

  private final ZonedDevice device;
  private final RootEntry root;
  private final VolumeCheckerFindings findings;
  private final ProgressListener progress;

  VolumeCheckerCheckpoint(
      ZonedDevice device,
      RootEntry root,
      VolumeCheckerFindings findings,
      ProgressListener progress) {
    this.device = device;
    this.root = root;
    this.findings = findings;
    this.progress = progress;
  }

  /** Returns the manifest, or null if the checkpoint cannot be used. */
  @Nullable CheckpointManifest check() throws IOException {
    RootEntry.CheckpointRef ref = root.checkpoint();
    if (ref == null) {
      return null;
    }
    StoredCheckpoint stored;
    try {
      stored = StoredCheckpoint.open(device, root.filesystem(), ref, progress);
    } catch (IOException damaged) {
      findings.add(
          "the manifest of the checkpoint is damaged: " + damaged.getMessage(),
          place(ref.manifestPosition()),
          CONSEQUENCE);
      return null;
    }
    boolean whole = true;
    try (StoredCheckpoint content = stored) {
      for (FileInfo file : content.files()) {
        String wrong = wrong(content, file);
        if (wrong != null) {
          findings.add(
              "the checkpoint's file "
                  + FileNamer.printable(file.name().getBytes(StandardCharsets.UTF_8))
                  + " "
                  + wrong,
              "checkpoint whose manifest is in " + place(ref.manifestPosition()),
              CONSEQUENCE);
          whole = false;
        }
      }
    }
    return whole ? stored.manifest() : null;
  }

  private static @Nullable String wrong(StoredCheckpoint content, FileInfo file) {
    MessageDigest digest = sha256();
    long bytes = 0;
    try (InputStream in = content.open(file)) {
      byte[] buffer = new byte[BUFFER_BYTES];
      int read;
      while ((read = in.read(buffer)) >= 0) {
        digest.update(buffer, 0, read);
        bytes += read;
      }
    } catch (IOException damaged) {
      return "cannot be read: " + damaged.getMessage();
    }
    if (bytes != file.sizeBytes()) {
      return "is " + bytes + " bytes long, not " + file.sizeBytes();
    }
    return HexFormat.of().formatHex(digest.digest()).equals(file.contentHash())
        ? null
        : "does not match its SHA-256";
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java runtime has SHA-256", impossible);
    }
  }

  private String place(long position) {
    return "zone " + device.geometry().zoneOf(position) + ", byte " + position + " of the drive";
  }
}
