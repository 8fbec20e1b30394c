// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What can be wrong with a host, and how it is brought about for one sandbox, and mended again. */
enum HostFault {
  /** The filesystem of the index is full. */
  INDEX_FULL(Set.of(HostStep.MKFS, HostStep.LIVE, HostStep.FSCK, HostStep.REPAIR, HostStep.TUNE)) {
    @Override
    void begin(HostFaultCase cell) throws IOException, InterruptedException {
      cell.fill();
    }

    @Override
    void end(HostFaultCase cell) throws IOException, InterruptedException {
      Files.deleteIfExists(cell.filler());
    }
  },

  /** The filesystem of the index is read-only. */
  INDEX_READ_ONLY(Set.of(HostStep.MKFS, HostStep.FSCK, HostStep.REPAIR, HostStep.TUNE)) {
    @Override
    void begin(HostFaultCase cell) throws IOException, InterruptedException {
      cell.remountHost("ro");
    }

    @Override
    void end(HostFaultCase cell) throws IOException, InterruptedException {
      cell.remountHost("rw");
    }
  },

  /** Nothing may be run from the filesystem of the index: its library comes from elsewhere. */
  INDEX_NOEXEC(Set.of(HostStep.values())) {
    @Override
    void begin(HostFaultCase cell) throws IOException, InterruptedException {
      cell.remountHost("noexec");
    }

    @Override
    void end(HostFaultCase cell) throws IOException, InterruptedException {
      cell.remountHost("exec");
    }
  },

  /** Every call to the filesystem of the index fails: it is a FUSE mount whose daemon is dead. */
  INDEX_FAILS(Set.of(HostStep.MKFS, HostStep.FSCK, HostStep.REPAIR, HostStep.TUNE)) {
    @Override
    void begin(HostFaultCase cell) throws IOException, InterruptedException {
      cell.killHost();
    }
  },

  /** The disk that holds the image of the drive is full, and the image sparse. */
  IMAGE_FULL(Set.of(HostStep.FSCK)) {
    @Override
    void begin(HostFaultCase cell) throws IOException, InterruptedException {
      cell.fill();
      cell.leaveRoomToBegin();
    }

    @Override
    void end(HostFaultCase cell) throws IOException, InterruptedException {
      Files.deleteIfExists(cell.filler());
    }

    @Override
    Path index(HostFaultCase cell) {
      return cell.ownIndex();
    }

    @Override
    String reason() {
      return "(?s)read-only    a commit failed.*errors .*/moved.img: No space left on device";
    }
  },

  /** No room for temporary files. */
  TEMPORARY_FULL(Set.of(HostStep.MKFS, HostStep.MOUNT, HostStep.LIVE, HostStep.UMOUNT)) {
    @Override
    void begin(HostFaultCase cell) throws IOException, InterruptedException {
      cell.fill();
    }

    @Override
    void end(HostFaultCase cell) throws IOException, InterruptedException {
      Files.deleteIfExists(cell.filler());
    }

    @Override
    Map<String, String> environment(HostFaultCase cell) {
      return Map.of(
          "TMPDIR", cell.host().toString(), "ZONEFSJ_JAVA_OPTS", "-Djava.io.tmpdir=" + cell.host());
    }

    @Override
    Path index(HostFaultCase cell) {
      return cell.ownIndex();
    }
  },

  /** No room for logs. */
  LOG_FULL(Set.of(HostStep.values())) {
    @Override
    void begin(HostFaultCase cell) throws IOException, InterruptedException {
      cell.fill();
    }

    @Override
    void end(HostFaultCase cell) throws IOException, InterruptedException {
      Files.deleteIfExists(cell.filler());
    }

    @Override
    Map<String, String> environment(HostFaultCase cell) {
      return Map.of("ZONEFSJ_LOG_DIR", cell.host().resolve("log").toString());
    }

    @Override
    Path index(HostFaultCase cell) {
      return cell.ownIndex();
    }
  },

  /** Little memory for Java. */
  LITTLE_MEMORY(Set.of(HostStep.MKFS)) {
    @Override
    Map<String, String> environment(HostFaultCase cell) {
      return Map.of("ZONEFSJ_JAVA_OPTS", "-Xms4m -Xmx12m");
    }
  },

  /** Commands run in a control group whose memory limit leaves what a small drive needs. */
  MEMORY_LIMIT(Set.of(HostStep.values())) {
    @Override
    void begin(HostFaultCase cell) throws IOException, InterruptedException {
      cell.memory().limit(SUFFICIENT_BYTES);
    }

    @Override
    List<String> wrapped(HostFaultCase cell, List<String> command) {
      return cell.memory().wrapped(command);
    }
  },

  /**
   * Commands run in a control group that has no memory left: new ones are refused, and of those
   * that run, the kernel kills one.
   */
  MEMORY_ENDS(Set.of()) {
    @Override
    void begin(HostFaultCase cell) throws IOException, InterruptedException {
      cell.memory().limit(Math.max(cell.memory().usedBytes(), INSUFFICIENT_BYTES) + MARGIN_BYTES);
    }

    @Override
    void end(HostFaultCase cell) throws IOException {
      cell.memory().removeLimit();
    }

    @Override
    List<String> wrapped(HostFaultCase cell, List<String> command) {
      return cell.memory().wrapped(command);
    }
  },

  /** The clock is set back by a day, on a live mount while it is written to. */
  CLOCK_BACK(Set.of(HostStep.values())) {
    @Override
    void begin(HostFaultCase cell) throws IOException, InterruptedException {
      cell.setClockBack();
    }

    @Override
    Map<String, String> environment(HostFaultCase cell) {
      return Map.of(
          // The dynamic linker replaces $LIB.
          "LD_PRELOAD",
          "/usr/$LIB/faketime/libfaketimeMT.so.1",
          "FAKETIME_TIMESTAMP_FILE",
          cell.clock().toString(),
          "FAKETIME_CACHE_DURATION",
          "1",
          "DONT_FAKE_MONOTONIC",
          "1",
          // Else each timed wait of Java ends at once.
          "FAKETIME_FORCE_MONOTONIC_FIX",
          "0",
          "NO_FAKE_STAT",
          "1");
    }
  },

  /** The host has another name than when the drive was mounted. */
  OTHER_NAME(Set.of(HostStep.values())) {
    @Override
    List<String> wrapped(HostFaultCase cell, List<String> command) {
      List<String> wrapped =
          new ArrayList<>(
              List.of("unshare", "--uts", "sh", "-c", "hostname other && exec \"$@\"", "sh"));
      wrapped.addAll(command);
      return wrapped;
    }
  },

  /** The daemon is stopped, as by a debugger: the drive is in use, and nothing of it answers. */
  STOPPED(Set.of()) {
    @Override
    void begin(HostFaultCase cell) throws IOException, InterruptedException {
      cell.signal("STOP");
    }

    @Override
    void end(HostFaultCase cell) throws IOException, InterruptedException {
      cell.signal("CONT");
    }
  };

  private static final long SUFFICIENT_BYTES = 256L << 20;
  private static final long INSUFFICIENT_BYTES = 40L << 20;
  private static final long MARGIN_BYTES = 8L << 20;

  @SuppressWarnings("ImmutableEnumChecker") // Set.of makes it
  private final Set<HostStep> harmless;

  HostFault(Set<HostStep> harmless) {
    this.harmless = harmless;
  }

  /** Brings it about. */
  void begin(HostFaultCase cell) throws IOException, InterruptedException {}

  /** Mends it. */
  void end(HostFaultCase cell) throws IOException, InterruptedException {}

  /** What commands find in their environment. */
  Map<String, String> environment(HostFaultCase cell) {
    return new HashMap<>();
  }

  /** What status says of a live mount that refuses changes: a regular expression. */
  String reason() {
    return "(?s)(?=.*index on the host)(?=.*the drive is not affected)";
  }

  /** How commands are run. */
  List<String> wrapped(HostFaultCase cell, List<String> command) {
    return command;
  }

  /** Where the index lies. */
  Path index(HostFaultCase cell) {
    return cell.host().resolve("index");
  }

  /**
   * Whether it makes sense: what is being written to cannot turn read-only, a mount that lacks
   * memory is refused, and writing to a stopped daemon waits until it goes on.
   */
  boolean canMeet(HostStep step) {
    return switch (this) {
      case INDEX_READ_ONLY, LITTLE_MEMORY -> step != HostStep.LIVE && step != HostStep.UMOUNT;
      case STOPPED -> step != HostStep.LIVE;
      default -> true;
    };
  }

  /** Whether it kills daemons, as kill -9 does: what was not synced is lost. */
  boolean kills() {
    return this == MEMORY_ENDS;
  }

  /** Whether a step must succeed all the same. */
  boolean isHarmless(HostStep step) {
    return harmless.contains(step);
  }
}
