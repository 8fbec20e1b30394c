// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.ErrnoException;

/**
 * Stores through shared mappings, and by asynchronous direct I/O beside buffered readers, in a
 * process of its own: one that waits for a page of a mount that hangs holds the lock of all its
 * memory, and could not even be looked at; and a store that fails ends it by a signal. Thread-safe:
 * one store at a time.
 */
final class MappedStores implements AutoCloseable {
  private static final String PROGRAM = "store.py";

  private final Path program;
  private final Path errors;
  private @Nullable Process process;

  /**
   * @param home where the program and what it says of errors go
   */
  MappedStores(Path home) throws IOException {
    program = home.resolve(PROGRAM);
    errors = home.resolve("store.err");
    try (InputStream source = MappedStores.class.getResourceAsStream(PROGRAM)) {
      if (source == null) {
        throw new IOException("no such resource: " + PROGRAM);
      }
      Files.copy(source, program);
    }
  }

  /** Stores bytes within one page of a file, and makes them durable. */
  void store(Path file, long offset, ByteBuffer source) throws ErrnoException, IOException {
    store("mapped", file, offset, source);
  }

  /** Writes whole pages of a file by AIO with O_DIRECT, while they are read through the cache. */
  void writeAsynchronously(Path file, long offset, ByteBuffer source)
      throws ErrnoException, IOException {
    store("aio", file, offset, source);
  }

  private synchronized void store(String how, Path file, long offset, ByteBuffer source)
      throws ErrnoException, IOException {
    Process running = process;
    if (running == null || !running.isAlive()) {
      running =
          new ProcessBuilder(List.of("python3", program.toString()))
              .redirectError(errors.toFile())
              .start();
      process = running;
    }
    byte[] bytes = new byte[source.remaining()];
    source.get(source.position(), bytes);
    OutputStream requests = running.getOutputStream();
    String line = how + " " + offset + " " + bytes.length + " " + file + "\n";
    requests.write(line.getBytes(StandardCharsets.UTF_8));
    requests.write(bytes);
    requests.flush();
    String answer =
        new BufferedReader(new InputStreamReader(running.getInputStream(), StandardCharsets.UTF_8))
            .readLine();
    if (answer == null) {
      throw new IOException("a store (" + how + ") ended its process");
    }
    int number = Integer.parseInt(answer);
    if (number != 0) {
      throw SystemCalls.error(number);
    }
  }

  /** Ends the process; a store that waits for a daemon ends with that. */
  @Override
  public void close() {
    Process running = process;
    if (running != null) {
      running.destroyForcibly();
    }
  }
}
