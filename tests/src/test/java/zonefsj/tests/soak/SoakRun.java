// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import zonefsj.device.ByteSize;
import zonefsj.device.fault.FaultPlan;
import zonefsj.fs.ErrnoException;

/** Does what a {@link SoakPlan} says, and looks for what must not be. */
final class SoakRun {
  /** Much less than fsck does on two busy processors. */
  private static final long FSCK_FILES_A_SECOND = 500;

  private static final long FSCK_BYTES_A_SECOND = 10 << 20;

  private final SoakPlan plan;
  private final long roundNanos;
  private final Stopwatch stopwatch = new Stopwatch();
  private String lastWords = "";
  private final AtomicLong written = new AtomicLong();
  private final List<SoakWorker> workers = new ArrayList<>();
  private final SplittableRandom random;
  private final List<String> amplifications = new ArrayList<>();
  private volatile boolean killed;
  private boolean hangs;

  /**
   * @param seconds of work, all rounds together
   */
  SoakRun(SoakPlan plan, double seconds) {
    this.plan = plan;
    roundNanos = (long) (seconds * 1e9 / plan.rounds());
    random = new SplittableRandom(Pattern.mix(plan.seed(), 0x4242));
  }

  Stopwatch stopwatch() {
    return stopwatch;
  }

  /** What the filesystem said of itself before it failed. */
  String lastWords() {
    return lastWords;
  }

  long writtenBytes() {
    return written.get();
  }

  /** Bytes of the drive for one of the workers, of each mount. */
  String amplifications() {
    return String.join(" ", amplifications);
  }

  /** Runs, and answers in words how it went. */
  String run() throws SoakFailure, IOException, InterruptedException {
    FaultPlan faults =
        plan.faults()
            ? new SoakFaults(
                plan.seed(), plan.shape().zoneCapacityBytes(), plan.latencyMicros() * 1000L)
            : SoakFaults.NONE;
    SoakSubject subject =
        BoundedWait.await(
            "formatting and mounting",
            () ->
                SoakSubjects.open(
                    plan.mounted() ? "mount" : "volume",
                    Files.createTempDirectory("zj").toRealPath(),
                    plan.shape(),
                    plan.settings(),
                    faults));
    boolean failed = true;
    try {
      long begin = System.nanoTime();
      run(subject);
      failed = false;
      return String.format(
          Locale.ROOT,
          "ok in %.0f s, %s written, write amplification %s, slowest %s",
          (System.nanoTime() - begin) / 1e9,
          ByteSize.approximate(written.get()),
          amplifications(),
          stopwatch.slowest());
    } catch (ErrnoException refused) {
      throw new SoakFailure("unexpected", refused);
    } finally {
      lastWords = failed ? subject.lastWords() : "";
      end(subject, failed);
    }
  }

  /** What failed before is not hidden by what fails now. */
  private void end(SoakSubject subject, boolean failed) throws IOException {
    try {
      subject.end();
    } catch (IOException more) {
      hangs = more instanceof BoundedWait.HangException;
      if (!failed) {
        throw more;
      }
    }
  }

  /** Whether it has left threads in this process that do not end. */
  boolean hangs() {
    return hangs;
  }

  private void run(SoakSubject subject)
      throws SoakFailure, ErrnoException, IOException, InterruptedException {
    RefusalCheck judge = new RefusalCheck(subject, stopwatch, plan.threads());
    long live = plan.liveBytes(subject.freeBytes());
    for (int number = 0; number < plan.threads(); number++) {
      SoakWorker worker =
          new SoakWorker(
              number,
              plan.seed(),
              subject,
              judge,
              plan.profile(),
              live / plan.threads(),
              plan.mounted(),
              written);
      workers.add(worker);
      worker.begin();
    }
    WorkerGroup filling = new WorkerGroup(subject, stopwatch);
    long until = System.nanoTime() + roundNanos * plan.rounds();
    filling.run(
        workers.stream()
            .<WorkerGroup.Task>map(worker -> () -> worker.fill(filling, until))
            .toList(),
        () -> checkUp(subject));
    for (int round = 0; round < plan.rounds(); round++) {
      boolean kill = plan.kills() && (round < plan.rounds() - 1 || plan.rounds() == 1);
      work(subject, kill);
      verifyAll(subject);
    }
    checkState(subject);
    lifecycle(subject, "umount", subject::unmount);
    lifecycle(
        subject,
        "fsck",
        fsckLimitSeconds(),
        () -> {
          List<String> findings = subject.check();
          if (!findings.isEmpty()) {
            throw new SoakFailure("fsck is not clean: " + findings);
          }
        });
  }

  /** It reads everything: every file and every byte of data has its time. */
  private long fsckLimitSeconds() {
    long files = 0;
    long bytes = 0;
    for (SoakWorker worker : workers) {
      TreeModel tree = worker.tree().now();
      files += tree.paths().size();
      bytes += tree.dataBytes();
    }
    return Stopwatch.HANG_SECONDS + files / FSCK_FILES_A_SECOND + bytes / FSCK_BYTES_A_SECOND;
  }

  private void work(SoakSubject subject, boolean kill)
      throws SoakFailure, ErrnoException, IOException, InterruptedException {
    WorkerGroup crew = new WorkerGroup(subject, stopwatch);
    long begin = System.nanoTime();
    long killNanos = (long) (roundNanos * (0.3 + 0.7 * random.nextDouble()));
    List<WorkerGroup.Task> tasks = new ArrayList<>();
    for (SoakWorker worker : workers) {
      tasks.add(
          () -> {
            try {
              worker.work(crew, begin + roundNanos);
            } catch (SoakFailure found) {
              if (!killed) {
                throw found;
              }
            }
          });
    }
    crew.run(
        tasks,
        () -> {
          if (kill && !killed && System.nanoTime() - begin > killNanos) {
            killed = true;
            end(crew, subject);
          }
          if (!killed) {
            checkUp(subject);
          }
        });
    if (killed) {
      killed = false;
      lifecycle(subject, "mount after a crash", () -> subject.mountAgain(plan.losesIndex()));
      for (SoakWorker worker : workers) {
        settle(subject, worker);
      }
    } else {
      checkState(subject);
      lifecycle(subject, "remount", subject::remount);
      workers.forEach(worker -> worker.tree().synced());
    }
  }

  private static void end(WorkerGroup crew, SoakSubject subject) throws SoakFailure {
    crew.stop();
    try {
      subject.kill();
    } catch (IOException failed) {
      throw new SoakFailure("the daemon cannot be killed", failed);
    }
  }

  private void settle(SoakSubject subject, SoakWorker worker)
      throws SoakFailure, ErrnoException, IOException {
    Subtree tree = worker.tree();
    TreeModel model = tree.durableCopy();
    FoundTree found = new FoundTree(subject, stopwatch, tree.root());
    String wrong = found.settle(model, tree.unsettled(plan.mounted()));
    if (wrong != null) {
      throw new SoakFailure("after a crash: " + wrong);
    }
    tree.settle(model);
  }

  private void verifyAll(SoakSubject subject) throws SoakFailure, ErrnoException, IOException {
    for (SoakWorker worker : workers) {
      String wrong =
          new FoundTree(subject, stopwatch, worker.tree().root()).compare(worker.tree().now());
      if (wrong != null) {
        throw new SoakFailure(wrong);
      }
    }
  }

  private static void checkUp(SoakSubject subject) throws SoakFailure {
    try {
      String ailment = subject.ailment();
      if (!ailment.isEmpty()) {
        throw new SoakFailure(ailment);
      }
    } catch (IOException unknown) {
      throw new SoakFailure("no sign of the daemon", unknown);
    }
  }

  private void checkState(SoakSubject subject) throws SoakFailure, IOException {
    SoakSubject.State state = subject.state();
    amplifications.add(String.format(Locale.ROOT, "%.2f", state.writeAmplification()));
    if (!state.readOnlyReason().isEmpty()) {
      throw new SoakFailure("the mount is read-only: " + state.readOnlyReason());
    }
    if (!state.errors().isEmpty()) {
      throw new SoakFailure("errors: " + String.join("\n  ", state.errors()));
    }
  }

  /** What a lifecycle does. */
  @FunctionalInterface
  private interface Lifecycle {
    void run() throws SoakFailure, IOException;
  }

  /** Under the watch of a crew, so that it cannot hang unseen. */
  private void lifecycle(SoakSubject subject, String what, Lifecycle work)
      throws SoakFailure, IOException, InterruptedException {
    lifecycle(subject, what, Stopwatch.HANG_SECONDS, work);
  }

  private void lifecycle(SoakSubject subject, String what, long limitSeconds, Lifecycle work)
      throws SoakFailure, IOException, InterruptedException {
    WorkerGroup.Task task =
        () -> {
          try {
            stopwatch.run(
                what,
                limitSeconds,
                () -> {
                  try {
                    work.run();
                  } catch (SoakFailure found) {
                    throw new IOException(found.getMessage(), found);
                  }
                });
          } catch (ErrnoException | IOException failed) {
            throw failed.getCause() instanceof SoakFailure found
                ? found
                : new SoakFailure(what + " failed", failed);
          }
        };
    new WorkerGroup(subject, stopwatch).run(List.of(task), () -> {});
  }
}
