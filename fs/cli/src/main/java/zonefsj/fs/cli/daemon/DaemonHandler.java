// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.LostChanges;
import zonefsj.fs.cli.control.ControlHandler;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.ControlSession;
import zonefsj.fs.cli.control.GeometryCodec;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.StatusCodec;
import zonefsj.fs.cli.control.ZoneCodec;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.monitor.MetricsText;
import zonefsj.fs.monitor.MonitoredMount;
import zonefsj.fs.monitor.MountJson;
import zonefsj.fs.volume.Defragmented;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.ZoneMap;
import zonefsj.fs.volume.ZoneView;
import zonefsj.fs.volume.stored.ScrubRecord;

/** Handles the requests to a live mount that arrive through its control socket. */
final class DaemonHandler implements ControlHandler {
  private static final Logger LOG = LoggerFactory.getLogger(DaemonHandler.class);

  private final Volume volume;
  private final MonitoredMount shown;
  private final Changes changes;
  private final LiveDrive drive;
  private final CompletableFuture<Void> closed;
  private final StillMounted stillMounted;
  private final AtomicInteger unmounters = new AtomicInteger();

  /** Tells whether, and where, the filesystem is still mounted. */
  @FunctionalInterface
  interface StillMounted {
    /**
     * Empty if the kernel has ended the connection; otherwise a description of what holds the
     * filesystem.
     */
    Optional<String> by() throws IOException;
  }

  /** Changes options of the live mount. */
  @FunctionalInterface
  interface Changes {
    /**
     * Changes them.
     *
     * @param settings of {@link ControlRequest.Action#SET}
     * @throws IOException with the reason why none is changed
     */
    void set(Map<String, String> settings) throws IOException;
  }

  /**
   * @param volume the mounted volume
   * @param stillMounted tells what keeps it mounted
   * @param shown the mount as it is shown
   * @param changes changes options
   * @param drive opens it again, and lets go of it
   * @param closed completes when the volume is closed: normally if everything is on the drive,
   *     otherwise with the reason
   */
  DaemonHandler(
      Volume volume,
      StillMounted stillMounted,
      MonitoredMount shown,
      Changes changes,
      LiveDrive drive,
      CompletableFuture<Void> closed) {
    this.volume = volume;
    this.stillMounted = stillMounted;
    this.shown = shown;
    this.changes = changes;
    this.drive = drive;
    this.closed = closed;
  }

  /** Whether a client that requested the unmount is unmounting now. */
  boolean isUnmountAsked() {
    return unmounters.get() > 0;
  }

  @Override
  public Json.JsonObject handle(ControlRequest request, ControlSession session)
      throws IOException, ErrnoException, InterruptedException {
    switch (request.action()) {
      case STATUS -> {
        return told(() -> StatusCodec.encode(shown.status()));
      }
      case ZONES -> {
        for (ZoneView zone : volume.zones()) {
          session.item(ZoneCodec.encode(zone));
        }
        return GeometryCodec.encode(volume.geometry());
      }
      case SYNC -> sync(session);
      case GC -> {
        return runGc(request, session);
      }
      case DEFRAG -> {
        return defragment(session);
      }
      case SCRUB -> {
        return scrub(request, session);
      }
      case GROW -> {
        return resized(drive.grow(request.settings(), session::goesOn, session));
      }
      case SHRINK -> {
        return resized(shrink(request, session));
      }
      case SET -> changes.set(request.settings());
      case EJECT -> {
        sync(session);
        String member = request.settings().get("member");
        if (member == null) {
          drive.eject();
        } else {
          drive.eject(member);
        }
      }
      case ADMIT -> drive.takeBack();
      case COUNTERS -> {
        return told(() -> MountJson.now(shown, System.currentTimeMillis()));
      }
      case ZONE_MAP -> {
        int cells = whole(request, "cells", ZoneMap.MOST_CELLS);
        return told(() -> MountJson.cells(shown, cells));
      }
      case METRICS -> {
        return told(
            () ->
                Json.structure()
                    .put("text", new String(MetricsText.labelled(shown), StandardCharsets.UTF_8))
                    .build());
      }
      case FREEZE -> volume.freeze();
      case THAW -> thaw();
      case UMOUNT -> umount(session);
    }
    return Json.structure().build();
  }

  /** A bug in what only looks at the mount must not end it, as other bugs do. */
  @SuppressWarnings("CatchingUnchecked")
  private static Json.JsonObject told(Supplier<Json.JsonObject> answer) throws UserError {
    try {
      return answer.get();
    } catch (RuntimeException | Error bug) {
      LOG.error("the state of the mount cannot be told", bug);
      throw new UserError("the state of the mount cannot be told, see its log: " + bug, bug);
    }
  }

  private void requireWritable() throws UserError {
    if (volume.options().readOnly()) {
      throw new UserError("the filesystem is mounted read-only: mount it with -o rw first");
    }
  }

  private Json.JsonObject defragment(ControlSession session) throws IOException {
    requireWritable();
    Defragmented done = volume.defragment(session::goesOn, session);
    return Json.structure()
        .put("examined_bytes", done.examinedBytes())
        .put("rewritten_bytes", done.rewrittenBytes())
        .put("finished", done.isFinished())
        .put("lacks_room", done.lacksRoom())
        .build();
  }

  private Json.JsonObject runGc(ControlRequest request, ControlSession session) throws IOException {
    requireWritable();
    String until = request.settings().getOrDefault("until", "100");
    boolean finished = volume.runGc(percent(until), session::goesOn, session);
    return Json.structure().put("finished", finished).build();
  }

  /** Makes everything durable. New writes of others meanwhile may keep the amount up. */
  private void sync(ControlSession session)
      throws IOException, ErrnoException, InterruptedException {
    long begun = volume.counters().dirtyBytes();
    session.during(
        progress -> {
          long left = Math.min(begun, volume.counters().dirtyBytes());
          // A checkpoint may follow, or the writers may wait for one.
          if (left > 0 || !volume.tellCheckpoint(progress)) {
            progress.progress("writing what is still in memory, in bytes", begun - left, begun);
          }
        },
        () -> {
          volume.fileSystem().sync();
          return begun;
        });
  }

  private void thaw() throws UserError {
    try {
      volume.thaw();
    } catch (ErrnoException refused) {
      throw new UserError(
          refused.getMessage() + ": to write to it, unmount it and mount it again", refused);
    }
  }

  private Json.JsonObject scrub(ControlRequest request, ControlSession session)
      throws IOException, ErrnoException {
    ScrubRecord end =
        volume.scrub(
            bytesPerSecond(request.settings().getOrDefault("rate", "0")),
            request.settings().containsKey("start_over"),
            session::goesOn,
            session);
    return Json.structure()
        .put("finished", end.isFinished())
        .put("verified_bytes", end.verifiedBytes())
        .put("damages", end.damages())
        .put("lost_ranges", lostRanges())
        .put("repaired", end.repaired())
        .build();
  }

  /** What was replaced or deleted counts until its batch is committed. */
  private long lostRanges() throws IOException, ErrnoException {
    if (volume.lostRanges() > 0 && !volume.isReadOnly()) {
      volume.fileSystem().sync();
    }
    return volume.lostRanges();
  }

  private int shrink(ControlRequest request, ControlSession session) throws IOException {
    String zones = request.settings().getOrDefault("zones", "");
    try {
      return volume.shrink(Integer.parseInt(zones), session::goesOn, session);
    } catch (NumberFormatException e) {
      throw new UserError("'" + zones + "' zones", e);
    }
  }

  private Json.JsonObject resized(int before) {
    return Json.structure()
        .put("before", before)
        .put("after", volume.geometry().zoneCount())
        .build();
  }

  private static int whole(ControlRequest request, String name, int most) throws UserError {
    String text = request.settings().getOrDefault(name, "");
    if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) > most) {
      throw new UserError("'" + text + "' " + name);
    }
    return Math.max(1, Integer.parseInt(text));
  }

  private static int percent(String text) throws UserError {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new UserError("'" + text + "' per cent of free zones", e);
    }
  }

  private static long bytesPerSecond(String text) throws UserError {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new UserError("a rate of '" + text + "' bytes a second", e);
    }
  }

  /** The client unmounts in the kernel: it has the rights of the user who requests it. */
  private void umount(ControlSession session)
      throws IOException, ErrnoException, InterruptedException {
    if (!volume.isReadOnly()) {
      writeAll(session);
    }
    unmounters.incrementAndGet();
    try {
      session.item(Json.structure().put("durable", true).build());
      awaitClose(session);
      Optional<LostChanges> lost = volume.lostChanges();
      if (lost.isPresent()) {
        throw new UserError(wordsOf(lost.orElseThrow()));
      }
    } finally {
      unmounters.decrementAndGet();
    }
  }

  static String wordsOf(LostChanges lost) {
    return "it is unmounted, but what was written since the last commit "
        + (lost.isCertain() ? "is lost: " : "may be lost: ")
        + lost.reason();
  }

  private void writeAll(ControlSession session)
      throws IOException, ErrnoException, InterruptedException {
    try {
      sync(session);
    } catch (IOException failed) {
      if (volume.isReadOnly()) {
        throw failed;
      }
      throw new UserError(
          "it stays mounted: " + failed.getMessage() + "; 'umount -f' ends it without that",
          failed);
    }
  }

  /** The checkpoint is what takes long at the end. */
  private void tellClose(ControlSession session) {
    if (!volume.tellCheckpoint(session)) {
      session.progress("waiting for the filesystem to be closed", -1, -1);
    }
  }

  private void awaitClose(ControlSession session) throws IOException, InterruptedException {
    while (!session.peerGone().isDone()) {
      try {
        closed.get(1, TimeUnit.SECONDS);
        return;
      } catch (TimeoutException e) {
        tellClose(session);
        Optional<String> holder = stillMounted.by();
        if (holder.isPresent()) {
          // Only the client knows whether it has unmounted yet.
          session.item(Json.structure().put("held_by", holder.orElseThrow()).build());
        }
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        throw new UserError(
            "it is unmounted, but not everything could be written: "
                + (cause == null ? e : cause).getMessage(),
            e);
      }
    }
  }
}
