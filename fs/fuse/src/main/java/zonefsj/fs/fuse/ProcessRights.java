// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.Caller;

/**
 * The rights of the process that waits for the answer to a request. What the request does not
 * contain is read from {@code /proc/PID/status}, at most once. A process that cannot be read, for
 * example one of another PID namespace, has no rights.
 *
 * <p>Only root has capabilities here: root of another user namespace has them in its status, too,
 * but not on this filesystem.
 *
 * <p>Used by one thread.
 */
public final class ProcessRights implements Caller.Rights {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessRights.class);

  // linux/capability.h
  private static final int CAP_FSETID = 4;
  private static final int CAP_SYS_ADMIN = 21;

  /** In the lines of user and group: real, effective, saved, and that for files. */
  private static final int FOR_FILES = 4;

  private final int uid;
  private final int gid;
  private final int pid;
  private final @Nullable Boolean keepsSetIds;
  private final @Nullable List<Integer> groups;
  private @Nullable Status status;

  /**
   * @param uid user in the request; {@link Caller#UNKNOWN} if it is not there
   * @param gid group in the request; as the user
   * @param pid the process; 0 if unknown
   */
  public ProcessRights(int uid, int gid, int pid) {
    this(uid, gid, pid, null, null);
  }

  private ProcessRights(
      int uid, int gid, int pid, @Nullable Boolean keepsSetIds, @Nullable List<Integer> groups) {
    this.uid = uid;
    this.gid = gid;
    this.pid = pid;
    this.keepsSetIds = keepsSetIds;
    this.groups = groups;
  }

  /** The same when the request contains whether set-ID bits stay. */
  public ProcessRights keepingSetIds(boolean keeps) {
    return new ProcessRights(uid, gid, pid, keeps, groups);
  }

  /** The same when the request contains the supplementary groups that matter. */
  public ProcessRights inGroups(List<Integer> known) {
    return new ProcessRights(uid, gid, pid, keepsSetIds, known);
  }

  @Override
  public boolean isUser(int user) {
    return (uid == Caller.UNKNOWN ? status().uid() : uid) == user;
  }

  @Override
  public boolean isInGroup(int group) {
    return (gid == Caller.UNKNOWN ? status().gid() : gid) == group
        || (groups == null ? status().groups() : groups).contains(group);
  }

  @Override
  public boolean keepsSetIds() {
    return keepsSetIds == null ? isUser(0) && status().has(CAP_FSETID) : keepsSetIds;
  }

  @Override
  public boolean isAdministrator() {
    return isUser(0) && (uid != Caller.UNKNOWN || status().has(CAP_SYS_ADMIN));
  }

  private Status status() {
    Status known = status;
    if (known == null) {
      known = Status.of(pid);
      status = known;
    }
    return known;
  }

  /**
   * From {@code /proc/PID/status}.
   *
   * @param capabilities the effective ones
   */
  private record Status(int uid, int gid, Set<Integer> groups, long capabilities) {
    private static final Status NONE = new Status(Caller.UNKNOWN, Caller.UNKNOWN, Set.of(), 0);

    boolean has(int capability) {
      return (capabilities >>> capability & 1) != 0;
    }

    static Status of(int pid) {
      if (pid <= 0) {
        return NONE;
      }
      try {
        // Latin-1: a process chooses the bytes of its name.
        return parse(
            Files.readAllLines(
                Path.of("/proc", Integer.toString(pid), "status"), StandardCharsets.ISO_8859_1));
      } catch (IOException | NumberFormatException unreadable) {
        LOG.debug("process {} cannot be read, so it has no rights", pid, unreadable);
        return NONE;
      }
    }

    private static Status parse(List<String> lines) {
      int uid = Caller.UNKNOWN;
      int gid = Caller.UNKNOWN;
      Set<Integer> groups = new HashSet<>();
      long capabilities = 0;
      for (String line : lines) {
        String[] words = line.split("\\s+", -1);
        switch (words[0]) {
          case "Uid:" -> uid = Integer.parseUnsignedInt(words[FOR_FILES]);
          case "Gid:" -> gid = Integer.parseUnsignedInt(words[FOR_FILES]);
          case "Groups:" -> {
            for (int at = 1; at < words.length; at++) {
              if (!words[at].isEmpty()) {
                groups.add(Integer.parseUnsignedInt(words[at]));
              }
            }
          }
          case "CapEff:" -> capabilities = Long.parseUnsignedLong(words[1], 16);
          default -> {}
        }
      }
      return new Status(uid, gid, groups, capabilities);
    }
  }
}
