// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.memory;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;

/** An image of format "pairs-1": one file, see {@link PairsFormat}. */
final class PairsCheckpoint implements CheckpointContent {
  private final AppliedPosition mark;
  private final byte[] bytes;
  private final FileInfo file;

  PairsCheckpoint(AppliedPosition mark, byte[] bytes) {
    this.mark = mark;
    this.bytes = bytes;
    this.file = new FileInfo(PairsFormat.FILE, bytes.length, sha256(bytes));
  }

  @Override
  public String format() {
    return PairsFormat.NAME;
  }

  @Override
  public AppliedPosition mark() {
    return mark;
  }

  @Override
  public List<FileInfo> files() {
    return List.of(file);
  }

  @Override
  public InputStream open(FileInfo wanted) throws IOException {
    if (!wanted.equals(file)) {
      throw new IOException("the checkpoint has no file " + wanted.name());
    }
    return new ByteArrayInputStream(bytes);
  }

  @Override
  public void close() {
    // The image holds only memory.
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
