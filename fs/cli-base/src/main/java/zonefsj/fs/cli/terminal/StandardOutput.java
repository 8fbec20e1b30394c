// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * Where results go, which may be a file on a full disk: remembers that they did not get there,
 * which a {@link PrintStream} does not say to those who print.
 *
 * <p>Threading: as a {@link PrintStream}.
 */
public final class StandardOutput {
  private static final String READER_IS_GONE = "Broken pipe";

  private final PrintStream stream;
  private volatile @Nullable IOException failure;

  /**
   * @param target takes the bytes
   */
  public StandardOutput(OutputStream target) {
    this.stream =
        new PrintStream(
            new BufferedOutputStream(new Remembering(target)), true, Charset.defaultCharset());
  }

  /** To print to. */
  public PrintStream stream() {
    return stream;
  }

  /**
   * Writes what is buffered.
   *
   * @return why results are lost; null if they are not, or if whoever read them wants no more, as
   *     {@code head} does
   */
  public @Nullable String loss() {
    stream.flush();
    IOException why = failure;
    String words = why == null ? null : String.valueOf(why.getMessage());
    return READER_IS_GONE.equals(words) ? null : words;
  }

  /** Passes on, and remembers the first failure. */
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
