// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.UnaryOperator;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.model.ReferenceFileSystem;
import zonefsj.tests.model.Trees;

/**
 * Plays steps on a volume, and beside it on the reference, whose trees are the history that a crash
 * must agree with.
 */
final class StepPlayer {
  private final CrashClock clock;
  private final Mounter mounter;
  private final UnaryOperator<ZoneFileSystem> view;
  private final IntSupplier changes;
  private final ReferenceFileSystem reference;
  private final List<Step> played = new ArrayList<>();
  private final History history;
  private Volume volume;
  private int falselyFull;
  private int resized;
  private long placedEarly;
  private long rewritten;
  private int collections;

  /** Mounts the drive. */
  @FunctionalInterface
  interface Mounter {
    /** A mounted volume. */
    Volume mount() throws IOException;
  }

  /** Tells whether a failure was to be expected; then nothing more is played. */
  @FunctionalInterface
  interface Ending {
    /** Whether the drive gave up. */
    boolean hasCome();
  }

  /**
   * Mounts.
   *
   * @param before what was done before; the drive has it
   * @param view what the steps see of the volume
   * @param changes how many changes the drive saw so far
   */
  StepPlayer(
      CrashClock clock,
      List<Step> before,
      Mounter mounter,
      UnaryOperator<ZoneFileSystem> view,
      IntSupplier changes)
      throws ErrnoException, IOException {
    this.clock = clock;
    this.mounter = mounter;
    this.view = view;
    this.changes = changes;
    this.reference = new ReferenceFileSystem(clock);
    for (Step step : before) {
      clock.set(played.size() + 1);
      played.add(step);
      if (step instanceof Step.Request request) {
        outcome(request, reference);
      }
    }
    history = new History(Trees.of(reference));
    volume = mounter.mount();
  }

  /** Plays all steps, or those before the end; the volume is left as if the power had gone. */
  void play(List<Step> steps, Ending ending) throws Exception {
    for (Step step : steps) {
      clock.set(played.size() + 1);
      int begun = changes.getAsInt();
      boolean done;
      try {
        done = perform(step);
      } catch (Exception | AssertionError failed) {
        if (!ending.hasCome()) {
          throw new IllegalStateException("step " + played.size() + " " + step + " failed", failed);
        }
        done = false;
      }
      history.add(
          played.size() + " " + step,
          done && step.isDurable(),
          begun,
          changes.getAsInt(),
          Trees.of(reference));
      played.add(step);
      if (ending.hasCome()) {
        break;
      }
    }
    placedEarly += volume.placedEarlyBytes();
    volume.abandon();
  }

  private boolean perform(Step step) throws Exception {
    if (step instanceof Step.Request request) {
      return request(request);
    } else if (step instanceof Step.Collect) {
      volume.runGc(ProgressListener.NONE);
      if (collections++ % 2 == 1) {
        rewritten += volume.defragment(() -> true, ProgressListener.NONE).rewrittenBytes();
      }
    } else if (step instanceof Step.Checkpoint) {
      volume.checkpoint();
    } else if (step instanceof Step.Resize resize) {
      return resize(resize.zones());
    } else if (step instanceof Step.Remount) {
      placedEarly += volume.placedEarlyBytes();
      volume.close();
      volume = mounter.mount();
    }
    return true;
  }

  /** A resize may be refused for many reasons, but leaves a filesystem that goes on. */
  private boolean resize(int zones) throws IOException {
    int now = volume.geometry().zoneCount();
    try {
      if (zones < now) {
        volume.shrink(zones, () -> true, ProgressListener.NONE);
      } else if (now < CrashDrives.ZONES) {
        volume.grow(false);
      }
      resized += volume.geometry().zoneCount() == now ? 0 : 1;
      return true;
    } catch (IOException refused) {
      if (volume.isReadOnly()) {
        throw refused;
      }
      return false;
    }
  }

  private boolean request(Step.Request request) throws Exception {
    String got;
    ShortWrites counts = new ShortWrites();
    try {
      got = outcome(request, counts.recording(view.apply(volume.fileSystem())));
    } catch (IOException failed) {
      // It may have happened before its commit failed.
      outcome(request, counts.repeating(reference));
      throw failed;
    }
    if (got.equals(Errno.ENOSPC.name())) {
      falselyFull++;
      return false;
    }
    String wanted = outcome(request, counts.repeating(reference));
    if (!got.equals(wanted)) {
      throw new AssertionError("answered " + got + ", the reference " + wanted);
    }
    return got.isEmpty();
  }

  static String outcome(Step.Request request, ZoneFileSystem fileSystem) throws IOException {
    try {
      request.on(fileSystem);
      return "";
    } catch (ErrnoException refused) {
      return refused.errno().name();
    }
  }

  History history() {
    return history;
  }

  /** All steps, also those before. */
  List<Step> played() {
    return played;
  }

  /** How often the number of zones has changed. */
  int resized() {
    return resized;
  }

  /** Bytes of scattered files that were rewritten in their order. */
  long rewritten() {
    return rewritten;
  }

  /** Bytes of file data that were written before their batch was sealed. */
  long placedEarly() {
    return placedEarly;
  }

  /** How many requests were refused for space. */
  int falselyFull() {
    return falselyFull;
  }
}
