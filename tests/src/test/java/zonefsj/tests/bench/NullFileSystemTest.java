// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.WriteMode;
import zonefsj.fs.ZoneFileSystem;

/** What is measured over it is measured on right answers. */
final class NullFileSystemTest {
  private static final long ROOT = ZoneFileSystem.ROOT_INODE;

  private final NullFileSystem fileSystem = new NullFileSystem();

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private long create(String name) throws ErrnoException {
    return fileSystem.create(Caller.ROOT, ROOT, bytes(name), 0644, OpenFlags.READ_WRITE).handle();
  }

  @Test
  void aWriteIsASizeAndAReadGivesZerosUpToIt() throws ErrnoException {
    long handle = create("f");
    assertThat(fileSystem.write(handle, 100_000, ByteBuffer.allocate(4096), WriteMode.PLAIN))
        .isEqualTo(4096);
    assertThat(fileSystem.lookup(ROOT, bytes("f")).sizeBytes()).isEqualTo(104_096);
    byte[] data = new byte[200_000];
    data[0] = data[104_095] = data[104_096] = 1;
    ByteBuffer destination = ByteBuffer.wrap(data);
    assertThat(fileSystem.read(handle, 0, destination)).isEqualTo(104_096);
    assertThat(destination.position()).isEqualTo(104_096);
    assertThat(data[0] + data[104_095]).isZero();
    assertThat(data[104_096]).isEqualTo((byte) 1);
    assertThat(fileSystem.read(handle, 104_096, ByteBuffer.allocate(1))).isZero();
  }

  @Test
  void aListingGoesOnBehindACookieThoughTheDirectoryChanges() throws ErrnoException {
    for (int i = 0; i < 100; i++) {
      fileSystem.release(create("f" + i));
    }
    long directory = fileSystem.openDirectory(ROOT);
    List<String> names = new ArrayList<>();
    long[] cookie = {0};
    for (int before = -1; before < names.size(); ) {
      before = names.size();
      int room = before + 7;
      fileSystem.readDirectory(
          directory,
          cookie[0],
          (name, inode, mode, next) -> {
            if (names.size() == room) {
              return false;
            }
            names.add(new String(name, StandardCharsets.UTF_8));
            cookie[0] = next;
            return true;
          });
      String last = names.get(names.size() - 1);
      if (last.startsWith("f") && names.size() > before) {
        fileSystem.unlink(Caller.ROOT, ROOT, bytes(last));
      }
    }
    fileSystem.releaseDirectory(directory);
    assertThat(names).hasSize(102).doesNotHaveDuplicates().startsWith(".", "..", "f0");
  }

  @Test
  void anInodeLivesWhileItHasANameAHandleOrAReference() throws ErrnoException {
    long inode = create("f");
    assertThatThrownBy(() -> create("f")).isInstanceOf(ErrnoException.class);
    fileSystem.retain(inode);
    fileSystem.retain(inode);
    fileSystem.unlink(Caller.ROOT, ROOT, bytes("f"));
    fileSystem.release(inode);
    assertThat(fileSystem.attributes(inode).linkCount()).isZero();
    fileSystem.forget(inode, 2);
    assertThatThrownBy(() -> fileSystem.attributes(inode)).isInstanceOf(ErrnoException.class);
    assertThat(fileSystem.statistics().inodes()).isEqualTo(1);
  }
}
