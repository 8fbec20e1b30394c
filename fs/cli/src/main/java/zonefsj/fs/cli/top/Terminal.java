// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.top;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A terminal that shows one screen after the other, in its alternate screen (xterm, and whatever
 * else is used today: ctlseqs, DEC private mode 1049).
 */
final class Terminal implements AutoCloseable {
  private static final String BEGIN = "\u001b[?1049h\u001b[?25l";
  private static final String END = "\u001b[?25h\u001b[?1049l";
  private static final String HOME = "\u001b[H";
  private static final String CLEAR_LINE = "\u001b[K";
  private static final String CLEAR_REST = "\u001b[J";
  private static final Path OUTPUT = Path.of("/proc/self/fd/1");
  private static final int USUAL_ROWS = 24;
  private static final int USUAL_COLUMNS = 80;

  private final PrintStream out;
  private final Thread restore = new Thread(this::leave, "zonefsj-terminal");
  private boolean isLeft;

  private Terminal(PrintStream out) {
    this.out = out;
  }

  /** Begins; the end of the process by Ctrl-C ends it, too. */
  static Terminal enter(PrintStream out) {
    Terminal terminal = new Terminal(out);
    Runtime.getRuntime().addShutdownHook(terminal.restore);
    out.print(BEGIN);
    out.flush();
    return terminal;
  }

  /** Whether standard output is one. */
  static boolean isOutput(Map<String, String> environment) {
    try {
      String target = Files.readSymbolicLink(OUTPUT).toString();
      return (target.startsWith("/dev/pts/")
              || target.startsWith("/dev/tty")
              || target.equals("/dev/console"))
          && !"dumb".equals(environment.getOrDefault("TERM", "dumb"));
    } catch (IOException e) {
      return false;
    }
  }

  /** Its size now, asked of stty(1): 24 by 80 if that does not tell. */
  static TopScreen size() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(OUTPUT.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (InputStream answer = stty.getInputStream()) {
        String[] words =
            new String(answer.readAllBytes(), StandardCharsets.US_ASCII).trim().split(" ", -1);
        if (words.length == 2 && words[0].matches("[0-9]{1,4}") && words[1].matches("[0-9]{1,4}")) {
          int rows = Integer.parseInt(words[0]);
          int columns = Integer.parseInt(words[1]);
          if (rows > 0 && columns > 0) {
            return new TopScreen(columns, rows, true);
          }
        }
      }
    } catch (IOException missing) {
      return new TopScreen(USUAL_COLUMNS, USUAL_ROWS, true);
    }
    return new TopScreen(USUAL_COLUMNS, USUAL_ROWS, true);
  }

  /** Shows lines instead of those before, without a flicker. */
  synchronized void show(List<String> lines) {
    if (isLeft) {
      return;
    }
    StringBuilder screen = new StringBuilder(HOME);
    for (int at = 0; at < lines.size(); at++) {
      // Cleared first: behind a line of the whole width, its last character would be.
      screen.append(at == 0 ? "" : "\r\n").append(CLEAR_LINE).append(lines.get(at));
    }
    out.print(screen.append(CLEAR_REST));
    out.flush();
  }

  private synchronized void leave() {
    if (!isLeft) {
      isLeft = true;
      out.print(END);
      out.flush();
    }
  }

  @Override
  public void close() {
    leave();
    try {
      Runtime.getRuntime().removeShutdownHook(restore);
    } catch (IllegalStateException ending) {
      // The hook runs already.
    }
  }
}
