// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * Standard output for results. It may be a file on a full disk, so this class records write
 * failures, which a {@link PrintStream} does not throw.
 *
 * <p>Threading: as a {@link PrintStream}.
 */
public final class StandardOutput {
  private static final String READER_IS_GONE = "Broken pipe";

  private final PrintStream stream;
  private volatile @Nullable IOException failure;

  /**
   * @param target receives the bytes
   */
  public StandardOutput(OutputStream target) {
    this.stream =
        new PrintStream(
            new BufferedOutputStream(new Remembering(target)), true, Charset.defaultCharset());
  }

  /** The stream to print to. */
  public PrintStream stream() {
    return stream;
  }

  /**
   * Writes what is buffered.
   *
   * @return why results are lost; null if none are lost, or if the reader has closed the pipe, as
   *     {@code head} does
   */
  public @Nullable String loss() {
    stream.flush();
    IOException why = failure;
    String words = why == null ? null : String.valueOf(why.getMessage());
    return READER_IS_GONE.equals(words) ? null : words;
  }

  /** Forwards writes and records the first failure. */
  private final class Remembering extends OutputStream {
    private final OutputStream target;

    Remembering(OutputStream target) {
      this.target = target;
    }

    @Override
    public void write(int oneByte) throws IOException {
      write(new byte[] {(byte) oneByte}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        target.write(bytes, offset, length);
      } catch (IOException e) {
        remember(e);
        throw e;
      }
    }

    @Override
    public void flush() throws IOException {
      try {
        target.flush();
      } catch (IOException e) {
        remember(e);
        throw e;
      }
    }

    private void remember(IOException e) {
      if (failure == null) {
        failure = e;
      }
    }
  }
}
