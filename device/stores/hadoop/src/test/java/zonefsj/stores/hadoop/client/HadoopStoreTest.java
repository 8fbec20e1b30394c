// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.hadoop.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.stores.StoreRefusedException;

/** What no server can be made to do, on a filesystem of this host. */
class HadoopStoreTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  java.nio.file.Path directory;

  @SuppressWarnings("NullAway.Init") // set before each test
  private Files files;

  @SuppressWarnings("NullAway.Init") // set before each test
  private HadoopStore store;

  private static final class Files extends FilterFileSystem {
    boolean closesConnections;

    Files() throws IOException {
      super(new RawLocalFileSystem());
      initialize(URI.create("file:///"), new Configuration());
    }

    @Override
    public FSDataInputStream open(Path file, int bufferBytes) throws IOException {
      if (closesConnections) {
        throw new EOFException("End of File Exception between local host and destination host");
      }
      return super.open(file, bufferBytes);
    }
  }

  @BeforeEach
  void open() throws IOException {
    files = new Files();
    store = open(Optional.empty());
    assertThat(store.putIfAbsent("volume", ByteBuffer.allocate(10))).isTrue();
  }

  private HadoopStore open(Optional<Path> parent) {
    return new HadoopStore(
        files, new Path(directory.resolve("drive").toUri()), parent, "store", false);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  @Test
  void anObjectThatIsShorterIsToldOf() {
    assertThatThrownBy(() -> store.read("volume", 5, ByteBuffer.allocate(6)))
        .isInstanceOf(EOFException.class)
        .hasMessageContaining("shorter");
  }

  /** It is tried again. */
  @Test
  void aConnectionThatEndsIsNoEndOfAnObject() throws IOException {
    files.closesConnections = true;
    ByteBuffer bytes = ByteBuffer.allocate(6);
    assertThatThrownBy(() -> store.read("volume", 4, bytes))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(EOFException.class)
        .hasMessageContaining("connection");
    assertThatThrownBy(() -> store.get("volume", 10)).isNotInstanceOf(EOFException.class);
    assertThat(bytes.position()).isZero();
    files.closesConnections = false;
    store.read("volume", 4, bytes);
    assertThat(bytes.hasRemaining()).isFalse();
  }

  @Test
  void noDirectoryIsMadeAboveThatOfTheDrive() throws IOException {
    Path parent = new Path(directory.resolve("bucket").toUri());
    try (HadoopStore other =
        new HadoopStore(
            new Files(), new Path(parent, "drive"), Optional.of(parent), "other", false)) {
      assertThatThrownBy(() -> other.putIfAbsent("volume", ByteBuffer.allocate(1)))
          .isInstanceOf(StoreRefusedException.class)
          .hasMessageContaining("there is no " + directory.resolve("bucket"));
      assertThat(directory.resolve("bucket")).doesNotExist();
      java.nio.file.Files.createDirectory(directory.resolve("bucket"));
      assertThat(other.putIfAbsent("volume", ByteBuffer.allocate(1))).isTrue();
    }
  }
}
