// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.block.NativeFile.Option;

/** The file descriptor that image files and block devices are made of. */
class NativeFileTest {
  private static final int BLOCK = 4096;
  private static final int FILE_BYTES = 8 << 20;

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private NativeFile open(boolean direct) throws IOException {
    EnumSet<Option> options = EnumSet.of(Option.WRITE, Option.CREATE_NEW);
    if (direct) {
      options.add(Option.DIRECT);
    }
    return NativeFile.open(directory.resolve("file"), options);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void buffersOfAllKindsGoBothWays(boolean direct) throws IOException {
    SplittableRandom random = new SplittableRandom(direct ? 1 : 2);
    byte[] model = new byte[FILE_BYTES];
    try (NativeFile file = open(direct)) {
      file.truncate(FILE_BYTES);
      for (int i = 0; i < 60; i++) {
        int at = random.nextInt(FILE_BYTES / BLOCK) * BLOCK;
        int length = Math.min((1 + random.nextInt(600)) * BLOCK, FILE_BYTES - at);
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        System.arraycopy(bytes, 0, model, at, length);
        file.write(at, cut(bytes, random));
        ByteBuffer back = destination(random, length);
        file.read(at, back);
        assertThat(back.hasRemaining()).isFalse();
        byte[] got = new byte[length];
        back.get(back.position() - length, got);
        assertThat(got).isEqualTo(bytes);
      }
      file.sync();
      assertThat(file.sizeBytes()).isEqualTo(FILE_BYTES);
    }
    assertThat(Files.readAllBytes(directory.resolve("file"))).isEqualTo(model);
  }

  private static ByteBuffer[] cut(byte[] bytes, SplittableRandom random) {
    List<ByteBuffer> parts = new ArrayList<>();
    int at = 0;
    while (at < bytes.length) {
      int length =
          switch (random.nextInt(3)) {
            case 0 -> Math.min(bytes.length - at, 1 + random.nextInt(BLOCK));
            case 1 -> Math.min(bytes.length - at, (1 + random.nextInt(300)) * BLOCK);
            default -> bytes.length - at;
          };
      parts.add(
          switch (random.nextInt(3)) {
            case 0 -> ByteBuffer.wrap(bytes, at, length).asReadOnlyBuffer();
            case 1 ->
                ByteBuffer.allocateDirect(length + 3)
                    .position(3)
                    .put(bytes, at, length)
                    .position(3);
            default ->
                ByteBuffer.allocateDirect(length + 2 * BLOCK)
                    .alignedSlice(BLOCK)
                    .limit(length)
                    .put(bytes, at, length)
                    .position(0);
          });
      at += length;
    }
    return parts.toArray(ByteBuffer[]::new);
  }

  private static ByteBuffer destination(SplittableRandom random, int length) {
    return switch (random.nextInt(3)) {
      case 0 -> ByteBuffer.allocate(length + 5).position(5);
      case 1 -> ByteBuffer.allocateDirect(length + 5).position(5);
      default -> ByteBuffer.allocateDirect(length + 2 * BLOCK).alignedSlice(BLOCK).limit(length);
    };
  }

  @Test
  void endsAndErrorsAreTold() throws IOException {
    try (NativeFile file = open(false)) {
      file.write(0, ByteBuffer.allocate(100));
      assertThatThrownBy(() -> file.read(50, ByteBuffer.allocate(51)))
          .isInstanceOf(EOFException.class);
      assertThatThrownBy(() -> open(false))
          .isInstanceOf(NativeException.class)
          .hasMessageContaining("File exists")
          .hasMessageContaining(file.path().toString());
    }
    try (NativeFile file =
        NativeFile.open(directory.resolve("file"), EnumSet.noneOf(Option.class))) {
      assertThatThrownBy(() -> file.write(0, ByteBuffer.allocate(1)))
          .isInstanceOfSatisfying(NativeException.class, e -> assertThat(e.errno()).isEqualTo(9));
    }
  }

  @Test
  void locksHoldWithinOneProcess() throws IOException {
    NativeFile one = open(false);
    try (NativeFile two = NativeFile.open(one.path(), EnumSet.noneOf(Option.class))) {
      assertThat(one.tryLock(false)).isTrue();
      assertThat(two.tryLock(true)).isFalse();
      NativeFile.open(one.path(), EnumSet.noneOf(Option.class)).close();
      assertThat(two.tryLock(false)).isFalse();
      one.close();
      assertThat(two.tryLock(false)).isTrue();
    } finally {
      one.close();
    }
  }

  @Test
  void holesReadAsZeros() throws IOException {
    byte[] ones = new byte[16 * BLOCK];
    Arrays.fill(ones, (byte) 1);
    try (NativeFile file = open(false)) {
      file.write(0, ByteBuffer.wrap(ones));
      assertThat(file.punchHole(4 * BLOCK, 8 * BLOCK)).isTrue();
      ByteBuffer back = ByteBuffer.allocate(16 * BLOCK);
      file.read(0, back);
      Arrays.fill(ones, 4 * BLOCK, 12 * BLOCK, (byte) 0);
      assertThat(back.array()).isEqualTo(ones);
    }
  }

  @Test
  void nothingIsDoneAfterClose() throws Exception {
    NativeFile file = open(false);
    file.truncate(FILE_BYTES);
    List<Callable<Boolean>> tasks = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      tasks.add(
          () -> {
            try {
              while (true) {
                file.write(0, ByteBuffer.allocate(BLOCK));
              }
            } catch (ClosedChannelException e) {
              return true;
            }
          });
    }
    tasks.add(
        () -> {
          Thread.sleep(50);
          file.close();
          file.close();
          return true;
        });
    ExecutorService executor = Executors.newFixedThreadPool(tasks.size());
    try {
      for (Future<Boolean> task : executor.invokeAll(tasks, 60, TimeUnit.SECONDS)) {
        assertThat(task.get()).isTrue();
      }
    } finally {
      executor.shutdownNow();
      assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }
  }
}
