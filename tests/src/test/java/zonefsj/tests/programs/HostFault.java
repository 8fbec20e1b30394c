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

  /** The host has another name than when the drive was mounted. */
  OTHER_NAME(Set.of(HostStep.values())) {
    @Override
    List<String> wrapped(List<String> command) {
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
  List<String> wrapped(List<String> command) {
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

  /** Whether a step must succeed all the same. */
  boolean isHarmless(HostStep step) {
    return harmless.contains(step);
  }
}
