// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.cli.control.StopSignal;

/**
 * The answer of a long command to a signal (SIGINT of Ctrl-C, SIGTERM, SIGHUP): the work stops,
 * releases what it holds as after a failure, and one line says what was done. Then the process ends
 * with the exit code of the signal, 128 and its number, unless the command has another one.
 *
 * <p>Work in this process stops at its next report of progress, which throws {@link
 * StoppedException}. A command that waits for another process registers how to end the wait.
 *
 * <p>Thread-safe. A hook of the virtual machine answers the signal.
 */
public final class Interruption implements StopSignal {
  /** A drive may take long for one access, and nobody waits for long after Ctrl-C. */
  private static final Duration LONGEST_STOP = Duration.ofSeconds(5);

  private static final String INTERRUPTED = "it was interrupted";

  /** Stops the work of a command; the command lets it pass. */
  public static final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StoppedException() {
      super(INTERRUPTED);
    }
  }

  /** How the work of a command was when a signal was answered. */
  public enum State {
    /** It came to its end nevertheless. */
    ENDED,
    /** It was stopped. */
    STOPPED,
    /** It still runs, and the end of the process ends it. */
    RUNNING
  }

  /**
   * What a command says of the moment of a signal.
   *
   * @param state how its work was
   * @param work the last reported task; empty if there was none
   */
  public record Moment(State state, String work) {}

  /**
   * What a command does at a signal.
   *
   * @param words says in which state things are; an empty text: nothing is to be said, because the
   *     command has done all of its work
   * @param exitCode of the process; empty: that of the signal
   * @param exitOffset is added to the exit code of a command that has done all of its work
   */
  public record Answer(Function<Moment, String> words, OptionalInt exitCode, int exitOffset) {}

  private final CountDownLatch ended = new CountDownLatch(1);
  private final List<Runnable> stops = new ArrayList<>();
  private @Nullable Answer answer;
  private @Nullable ProgressPrinter printer;
  private volatile boolean requested;
  private boolean installed;
  private volatile State state = State.RUNNING;
  private volatile int exitCode;

  /** Why the command failed, if the signal was not the reason. */
  private volatile String failureWords = "";

  private String work = "";
  private long done = -1;
  private long total = -1;

  /** Whether a signal has come. */
  public boolean isRequested() {
    return requested;
  }

  /** The command of this process begins. */
  public synchronized void begin(Answer toSignal) {
    answer = toSignal;
  }

  /**
   * From now on a signal is answered: the command has begun what can take long. Without a call of
   * {@link #begin} there is no answer.
   */
  synchronized void install(PrintStream err, ProgressPrinter progress) {
    printer = progress;
    if (answer != null && !installed) {
      installed = true;
      Runtime.getRuntime().addShutdownHook(new Thread(() -> answer(err), "zonefsj-interruption"));
    }
  }

  /** Call it when the command has ended, with its exit code. */
  public void end(int code) {
    exitCode = code;
    state = State.ENDED;
    ended.countDown();
  }

  /**
   * Call it when the command has failed.
   *
   * @return whether a signal has come, whose answer then says what there is to say of the failure
   */
  public boolean endsByFailure(Exception failure) {
    boolean isAnswered = requested;
    if (isAnswered && !isByInterruption(failure)) {
      failureWords = ErrorLine.words(failure);
    }
    state = isAnswered ? State.STOPPED : State.ENDED;
    ended.countDown();
    return isAnswered;
  }

  private static boolean isByInterruption(Exception failure) {
    // A daemon says of work that it has ended on request that it was interrupted.
    return failure instanceof StoppedException
        || failure instanceof InterruptedException
        || String.valueOf(failure.getMessage()).contains(INTERRUPTED);
  }

  /** For work in another process, which {@link #stopBy} has ended. */
  public StoppedException stopped() {
    return new StoppedException();
  }

  /** The command is over, however it ended. */
  public void close() {
    ended.countDown();
  }

  /** Work in another process goes on or ends: a signal runs this instead of stopping it here. */
  @Override
  public void stopBy(Runnable stop) {
    synchronized (this) {
      stops.add(stop);
      if (!requested) {
        return;
      }
    }
    stop.run();
  }

  /** Such work has ended. */
  @Override
  public synchronized void stopsNoMore(Runnable stop) {
    stops.remove(stop);
  }

  /**
   * Notes the progress.
   *
   * @throws StoppedException if a signal has come, and nothing else ends the work
   */
  void step(String what, long unitsDone, long unitsTotal) {
    synchronized (this) {
      work = what;
      done = unitsDone;
      total = unitsTotal;
      if (!requested || !stops.isEmpty()) {
        return;
      }
    }
    throw new StoppedException();
  }

  private void answer(PrintStream err) {
    if (ended.getCount() == 0) {
      // The usual end of the process.
      return;
    }
    List<Runnable> now;
    ProgressPrinter shown;
    Answer toSignal;
    synchronized (this) {
      requested = true;
      now = List.copyOf(stops);
      shown = printer;
      toSignal = answer;
    }
    now.forEach(Runnable::run);
    try {
      boolean isOver = ended.await(LONGEST_STOP.toMillis(), TimeUnit.MILLISECONDS);
      state = isOver ? state : State.RUNNING;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (shown != null) {
      shown.close();
    }
    if (toSignal != null) {
      say(toSignal, err);
    }
  }

  private void say(Answer toSignal, PrintStream err) {
    Moment moment;
    String far;
    synchronized (this) {
      moment = new Moment(state, work);
      far = far();
    }
    String words = failureWords.isEmpty() ? toSignal.words().apply(moment) : failureWords;
    if (words.isEmpty() && moment.state() == State.ENDED) {
      Runtime.getRuntime().halt(toSignal.exitOffset() + exitCode);
    }
    err.println(ErrorLine.of("interrupted" + far + (words.isEmpty() ? "" : "; " + words)));
    err.flush();
    toSignal.exitCode().ifPresent(code -> Runtime.getRuntime().halt(code));
  }

  private String far() {
    if (work.isEmpty()) {
      return "";
    }
    return ": "
        + work
        + (done < 0 ? "" : total < 0 ? ": " + done : ": " + done + " of " + Math.max(done, total));
  }
}
