// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.List;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;

/** A checkpoint of one file with any bytes. */
final class OneFile implements CheckpointContent {
  private final String format;
  private final AppliedPosition mark;
  private final byte[] bytes;

  OneFile(String format, AppliedPosition mark, byte[] bytes) {
    this.format = format;
    this.mark = mark;
    this.bytes = bytes;
  }

  @Override
  public String format() {
    return format;
  }

  @Override
  public AppliedPosition mark() {
    return mark;
  }

  @Override
  public List<FileInfo> files() {
    return List.of(new FileInfo("pairs", bytes.length, "00".repeat(32)));
  }

  @Override
  public InputStream open(FileInfo file) {
    return new ByteArrayInputStream(bytes);
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
