// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.util.List;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Caller;
import zonefsj.fs.RenameMode;

/** Along which way the filesystem is asked, and what can be asked there. */
public enum ModelProfile {
  /** By calls of its interface: everything. */
  CALLS("model", ModelHarness.DEFAULT_LENGTH, 50),

  /** By system calls on a mount of the direct transport. */
  KERNEL("kernel", 60, 15),

  /** By system calls on a mount of libfuse 2. */
  KERNEL_LIBFUSE("kernel-libfuse", 60, 15);

  private static final List<Caller> CALLERS =
      List.of(Caller.ROOT, new Caller(1000, 1000, 7), new Caller(1001, 50, 8));

  private final String kind;
  private final int length;
  private final int stepsBetweenSnapshots;

  ModelProfile(String kind, int length, int stepsBetweenSnapshots) {
    this.kind = kind;
    this.length = length;
    this.stepsBetweenSnapshots = stepsBetweenSnapshots;
  }

  /** What {@code tests/prove} calls it. */
  String kind() {
    return kind;
  }

  /** Steps in a sequence. */
  int length() {
    return length;
  }

  int stepsBetweenSnapshots() {
    return stepsBetweenSnapshots;
  }

  /**
   * Whether the attributes of open files are compared after a step: before a listing brings fresh
   * ones, but not after each step, for looking refreshes what the kernel has cached. Not through
   * libfuse 2: see {@link #isKnownToLibfuse}.
   */
  boolean looksAtOpenFiles(int step) {
    return this == KERNEL && step % 3 == 2;
  }

  /** Who asks. */
  List<Caller> callers() {
    return this == KERNEL_LIBFUSE ? List.of(Caller.ROOT) : CALLERS;
  }

  /** What the answers are compared with. */
  ReferenceFileSystem reference(ModelClock clock) {
    return this == CALLS ? new ReferenceFileSystem(clock) : new KernelReference(clock);
  }

  /** Whether there is a way to say it. */
  boolean canSay(Operation operation) {
    return switch (this) {
      case CALLS -> true;
      case KERNEL -> isSystemCall(operation);
      case KERNEL_LIBFUSE -> isSystemCall(operation) && isKnownToLibfuse(operation);
    };
  }

  /** No system call does what the kernel itself does to inodes that it knows. */
  private static boolean isSystemCall(Operation operation) {
    if (operation instanceof Operation.Write write) {
      return !write.fromPageCache(); // the kernel decides when it writes back
    }
    if (operation instanceof Operation.Copy copy) {
      // generic_copy_file_checks answers by itself: EINVAL, or EOVERFLOW if a sum wraps, which is a
      // number that the filesystem never answers with.
      return copy.sourceOffset() >= 0 && copy.targetOffset() >= 0;
    }
    return !(operation instanceof Operation.Retain
        || operation instanceof Operation.Forget
        || operation instanceof Operation.ForgetAll
        || operation instanceof Operation.KeptStat
        || operation instanceof Operation.KeptOpen
        || operation instanceof Operation.KeptLink
        || operation instanceof Operation.KeptMakeDirectory);
  }

  /**
   * The exceptions of SEMANTICS.md. The library has no ACLs, no O_TMPFILE, no renameat2, no
   * copy_file_range (the kernel copies, and stops at its own limits) and no SEEK_DATA, and takes a
   * chown to the same owner for nothing. It knows files by paths: the attributes of an open file
   * whose name and directory are gone are ESTALE, and a handle cannot be linked once the name that
   * it was opened by is gone, though there be others.
   */
  private static boolean isKnownToLibfuse(Operation operation) {
    if (operation instanceof Operation.Rename rename) {
      return rename.mode() == RenameMode.REPLACE;
    }
    if (operation instanceof Operation.Change change) {
      return !change.wanted().equals(AttributeChange.SAME_OWNER);
    }
    if (operation instanceof Operation.SetXattr set) {
      return !isAcl(set.name());
    }
    if (operation instanceof Operation.RemoveXattr remove) {
      return !isAcl(remove.name());
    }
    if (operation instanceof Operation.GetXattr get) {
      return !isAcl(get.name());
    }
    return !(operation instanceof Operation.SetAcl
        || operation instanceof Operation.CreateUnnamed
        || operation instanceof Operation.Copy
        || operation instanceof Operation.Seek
        || operation instanceof Operation.HandleAttributes
        || operation instanceof Operation.HandleTruncate
        || operation instanceof Operation.LinkHandle);
  }

  private static boolean isAcl(String name) {
    return name.equals(ReferenceAcl.ACCESS) || name.equals(ReferenceAcl.DEFAULT);
  }
}
