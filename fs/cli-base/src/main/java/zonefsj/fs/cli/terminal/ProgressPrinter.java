// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ByteSize;
import zonefsj.fs.ProgressListener;

/**
 * Prints the progress of long work and its estimated remaining time: on a terminal one line that is
 * overwritten, otherwise a line every few seconds. Prints nothing for short work. Thread-safe.
 */
public final class ProgressPrinter implements ProgressListener, AutoCloseable {
  private static final long QUIET_NANOS = 1_000_000_000L;
  private static final long TERMINAL_INTERVAL_NANOS = 200_000_000L;
  private static final long LOG_INTERVAL_NANOS = 5_000_000_000L;

  /** A longer line would wrap, and could not be overwritten; few terminals are narrower. */
  private static final int TERMINAL_COLUMNS = 79;

  private static final String IN_BYTES = ", in bytes";

  private final PrintStream out;
  private final boolean terminal;
  private final LongSupplier nanoClock;
  private final Interruption interruption;

  private @Nullable String work;
  private long startNanos;
  private long startDone;
  private long lastDone;
  private long nextPrintNanos;
  private int shownLength;

  /**
   * @param out where to print
   * @param terminal whether {@code out} is a terminal, on which a line can be overwritten
   * @param nanoClock a clock like {@link System#nanoTime()}
   */
  public ProgressPrinter(PrintStream out, boolean terminal, LongSupplier nanoClock) {
    this(out, terminal, nanoClock, new Interruption());
  }

  private ProgressPrinter(
      PrintStream out, boolean terminal, LongSupplier nanoClock, Interruption interruption) {
    this.out = out;
    this.terminal = terminal;
    this.nanoClock = nanoClock;
    this.interruption = interruption;
  }

  /**
   * As {@link #ProgressPrinter}, for work that a signal interrupts from now on.
   *
   * @param err gets the line that answers a signal
   * @param interruption of the command
   */
  public static ProgressPrinter interruptible(
      PrintStream out,
      boolean terminal,
      PrintStream err,
      LongSupplier nanoClock,
      Interruption interruption) {
    ProgressPrinter printer = new ProgressPrinter(out, terminal, nanoClock, interruption);
    interruption.install(err, printer);
    return printer;
  }

  /** What a signal does to the work. */
  public Interruption interruption() {
    return interruption;
  }

  /**
   * {@inheritDoc}
   *
   * @throws Interruption.StoppedException if a signal has come
   */
  @Override
  public void progress(String what, long done, long total) {
    interruption.step(what, done, total);
    if (!interruption.isRequested()) {
      print(what, done, total);
    }
  }

  private synchronized void print(String what, long done, long total) {
    long now = nanoClock.getAsLong();
    if (!what.equals(work) || done < lastDone) {
      // Other work, or the same work again.
      erase();
      work = what;
      startNanos = now;
      startDone = done;
      nextPrintNanos = now + QUIET_NANOS;
    }
    lastDone = done;
    if (now - nextPrintNanos < 0) {
      return;
    }
    nextPrintNanos = now + (terminal ? TERMINAL_INTERVAL_NANOS : LOG_INTERVAL_NANOS);
    show(line(what, done, total, now));
  }

  private String line(String what, long done, long total, long now) {
    double seconds = (now - startNanos) / 1e9;
    if (total <= 0) {
      // Of nothing, there is no share.
      boolean isCounted = done > 0 || (total < 0 && done == 0);
      return isCounted
          ? what + ": " + done + " so far, " + DurationText.of(seconds)
          : withoutUnit(what) + ", " + DurationText.of(seconds);
    }
    long percent = done >= total ? 100 : (long) Math.floor(100.0 * done / total);
    long most = Math.max(done, total);
    boolean isShort = terminal && what.endsWith(IN_BYTES);
    String line =
        String.format(
            Locale.ROOT,
            "%s: %d %% (%s of %s)",
            isShort ? withoutUnit(what) : what,
            percent,
            isShort ? ByteSize.approximate(done) : done,
            isShort ? ByteSize.approximate(most) : most);
    // Counts from the first report: the work may have started before this command.
    long doneSince = done - startDone;
    if (doneSince <= 0 || done >= total) {
      return line + ", " + DurationText.of(seconds);
    }
    return line + ", " + DurationText.of(seconds * (total - done) / doneSince) + " left";
  }

  private static String withoutUnit(String what) {
    return what.endsWith(IN_BYTES) ? what.substring(0, what.length() - IN_BYTES.length()) : what;
  }

  private void show(String whole) {
    if (!terminal) {
      out.println(whole);
    } else {
      String line = whole.substring(0, Math.min(TERMINAL_COLUMNS, whole.length()));
      out.print('\r' + line + " ".repeat(Math.max(0, shownLength - line.length())));
      shownLength = line.length();
    }
    out.flush();
  }

  private void erase() {
    if (shownLength > 0) {
      out.print('\r' + " ".repeat(shownLength) + '\r');
      out.flush();
      shownLength = 0;
    }
  }

  /** Removes the line from the terminal, so that a message can follow. */
  @Override
  public synchronized void close() {
    erase();
    work = null;
  }
}
