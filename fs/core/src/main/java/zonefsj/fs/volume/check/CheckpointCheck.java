// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.check;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.PrintableName;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.CheckpointContent.FileInfo;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.fs.volume.stored.StoredCheckpoint;
import zonefsj.fs.volume.stored.SuperblockEntry;

/**
 * Reads a whole checkpoint: both manifests, every part of both copies, and the hash of every file.
 */
public final class CheckpointCheck {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final String ONE_COPY =
      "the other copy is used; mount the filesystem and run zonefs-j scrub to have two again";
  private static final String LOST =
      "a lost index cannot be rebuilt; an index on the host that is good still mounts, and should"
          + " be mounted once so that it writes a new checkpoint";

  private final ZonedDevice device;
  private final SuperblockEntry entry;
  private final Findings findings;
  private final ProgressListener progress;

  /** Prepares the check of the checkpoint in a superblock entry. */
  public CheckpointCheck(
      ZonedDevice device, SuperblockEntry entry, Findings findings, ProgressListener progress) {
    this.device = device;
    this.entry = entry;
    this.findings = findings;
    this.progress = progress;
  }

  /** Returns the manifest, or null if the checkpoint cannot be used. */
  public @Nullable CheckpointManifest check() throws IOException {
    SuperblockEntry.CheckpointRef ref = entry.checkpoint();
    if (ref == null) {
      return null;
    }
    for (long position : ref.manifestPositions()) {
      try {
        StoredCheckpoint.readManifest(device, entry.filesystem(), ref, position);
      } catch (IOException damaged) {
        findings.add(
            "a manifest of the checkpoint is damaged: " + damaged.getMessage(),
            place(position),
            ONE_COPY);
      }
    }
    try (StoredCheckpoint content =
        StoredCheckpoint.open(device, entry.filesystem(), ref, progress)) {
      boolean whole = true;
      for (FileInfo file : content.files()) {
        whole &= check(content, file, ref);
      }
      return whole ? content.manifest() : null;
    } catch (IOException damaged) {
      findings.add(
          "no manifest of the checkpoint can be read: " + damaged.getMessage(),
          place(ref.manifestPositions().get(0)),
          LOST);
      return null;
    }
  }

  /** Whether a file is complete in one copy, or in its copies together. */
  private boolean check(
      StoredCheckpoint content, FileInfo file, SuperblockEntry.CheckpointRef ref) {
    String name = PrintableName.of(file.name().getBytes(StandardCharsets.UTF_8));
    String where = "checkpoint whose manifest is in " + place(ref.manifestPositions().get(0));
    boolean allGood = true;
    for (int copy = 0; copy < CheckpointManifest.COPIES; copy++) {
      int number = copy;
      String wrong = wrong(() -> content.openCopy(file, number), file);
      if (wrong != null) {
        findings.add(
            "copy " + (copy + 1) + " of the checkpoint's file " + name + " " + wrong,
            where,
            ONE_COPY);
        allGood = false;
      }
    }
    String wrong = allGood ? null : wrong(() -> content.openWhatIsWhole(file), file);
    if (wrong != null) {
      findings.add(
          "no copy of the checkpoint's file " + name + " is whole: it " + wrong, where, LOST);
    }
    return wrong == null;
  }

  /** Opens a file. */
  private interface Source {
    InputStream open() throws IOException;
  }

  private static @Nullable String wrong(Source source, FileInfo file) {
    MessageDigest digest = sha256();
    long bytes = 0;
    try (InputStream in = source.open()) {
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
