// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.RenameMode;
import zonefsj.fs.XattrMode;

/**
 * Random steps over few names, so that they meet: the same few directories and files are made,
 * opened, renamed over each other and removed again and again.
 *
 * <p>Each step is tried on a reference of its own, so that most of the next ones can name files
 * that exist and handles that are open; the steps themselves know nothing of it.
 */
final class Generator {
  private static final List<String> NAMES =
      List.of("a", "b", "c", "d", "e", "caf\u00e9", "new\nline", "n".repeat(255));
  private static final List<String> ODD_NAMES = List.of("o".repeat(256), ".fuse_hidden0000", "-");
  private static final List<String> XATTRS =
      List.of(
          "user.a",
          "user.a",
          "user.a",
          "user.b",
          "user." + "x".repeat(250),
          "trusted.t",
          "system.other",
          ReferenceAcl.ACCESS,
          ReferenceAcl.DEFAULT);
  private static final int[] UMASKS = {0, 022, 077, 0137};
  private static final List<OpenFlags> FLAGS =
      List.of(
          OpenFlags.READ_WRITE,
          OpenFlags.READ_WRITE,
          OpenFlags.READ,
          new OpenFlags(false, true, false, false, false),
          new OpenFlags(true, true, true, false, false),
          new OpenFlags(true, true, false, true, false),
          new OpenFlags(true, true, false, false, true));
  private static final int[] ALLOCATE_MODES = {0, 1, 3, 16, 17, 2, 8};
  private static final int MOST_DEPTH = 3;
  private static final int MORE_SLOTS = 6;
  private static final int STEPS_BETWEEN_LOOKS = 4;

  private final RandomGenerator random;
  private final AclGenerator acls;
  private final ModelClock clock = new ModelClock();
  private final ModelProfile profile;
  private final ModelWorld scratch;
  private int refused;
  private List<List<String>> files = List.of();
  private List<List<String>> directories = List.of(List.of());

  Generator(RandomGenerator random) {
    this(random, ModelProfile.CALLS);
  }

  Generator(RandomGenerator random, ModelProfile profile) {
    this.random = random;
    this.profile = profile;
    this.scratch = new ModelWorld(ModelSubject.ofReference(profile.reference(clock)));
    this.acls = new AclGenerator(random);
  }

  List<Operation> sequence(int length) {
    List<Operation> operations = new ArrayList<>(length);
    for (int i = 0; i < length; i++) {
      if (i % STEPS_BETWEEN_LOOKS == 0) {
        look();
      }
      Operation operation = next();
      while (!profile.canSay(operation)) {
        operation = next();
      }
      operations.add(operation);
      clock.set(i + 1);
      tryOut(operation);
    }
    return operations;
  }

  private void tryOut(Operation operation) {
    try {
      operation.apply(scratch);
    } catch (ErrnoException e) {
      // A step that is refused is as good as any other.
      refused++;
    } catch (Exception e) {
      throw new IllegalStateException(operation.toString(), e);
    }
  }

  /** Takes note of what exists. */
  private void look() {
    List<List<String>> foundFiles = new ArrayList<>();
    List<List<String>> foundDirectories = new ArrayList<>();
    foundDirectories.add(List.of());
    try {
      for (int i = 0; i < foundDirectories.size(); i++) {
        List<String> directory = foundDirectories.get(i);
        long inode = scratch.resolve(directory);
        for (String name : ModelWorld.list(scratch.fileSystem(), inode)) {
          List<String> path = new ArrayList<>(directory);
          path.add(name);
          boolean isDirectory =
              scratch.fileSystem().lookup(inode, ReferenceNode.bytes(name)).isDirectory();
          (isDirectory ? foundDirectories : foundFiles).add(List.copyOf(path));
        }
      }
    } catch (ErrnoException | IOException e) {
      throw new IllegalStateException(e);
    }
    files = foundFiles;
    directories = foundDirectories;
  }

  /** How many steps so far were refused on the reference. */
  int refused() {
    return refused;
  }

  private Operation next() {
    int dice = random.nextInt(130);
    if (dice < 38) {
      return onNames(dice);
    }
    if (dice < 78) {
      return onHandles(dice - 38);
    }
    if (dice < 100) {
      return onAttributes(dice - 78);
    }
    if (dice < 111) {
      return onReferences(dice - 100);
    }
    return dice < 120 ? betweenFiles(dice - 111) : onAcls(dice - 120);
  }

  private Operation onReferences(int dice) {
    int kept = slot(scratch::keeps);
    return switch (dice) {
      case 0, 1, 2, 3 -> new Operation.Retain(slot(), existing());
      case 4 -> new Operation.Forget(kept);
      case 5, 6 -> new Operation.KeptOpen(caller(), kept, slot(), flags());
      case 7 -> new Operation.KeptLink(caller(), kept, target());
      case 8 -> new Operation.KeptMakeDirectory(caller(), kept, name(), mode());
      case 9 -> new Operation.KeptStat(kept);
      default -> random.nextInt(4) == 0 ? new Operation.ForgetAll() : new Operation.KeptStat(kept);
    };
  }

  private Operation betweenFiles(int dice) {
    return switch (dice) {
      case 0, 1 -> new Operation.CreateUnnamed(caller(), slot(), directory(), mode(), flags());
      case 2, 3 -> new Operation.LinkHandle(caller(), slot(scratch::hasHandle), target());
      default ->
          new Operation.Copy(
              caller(),
              slot(scratch::hasHandle),
              offset(),
              slot(scratch::hasHandle),
              random.nextInt(40) == 0 ? Long.MAX_VALUE / 2 - random.nextInt(50) : offset(),
              random.nextInt(4) == 0 ? Long.MAX_VALUE : length());
    };
  }

  private Operation onAcls(int dice) {
    return switch (dice) {
      case 0, 1, 2 -> new Operation.SetAcl(caller(), existing(), ReferenceAcl.ACCESS, acls.value());
      case 3, 4, 5 ->
          new Operation.SetAcl(caller(), anyDirectory(), ReferenceAcl.DEFAULT, acls.value());
      case 6 -> new Operation.SetAcl(caller(), existing(), ReferenceAcl.DEFAULT, acls.value());
      case 7 ->
          new Operation.RemoveXattr(
              caller(),
              existing(),
              random.nextBoolean() ? ReferenceAcl.ACCESS : ReferenceAcl.DEFAULT);
      case 8 -> new Operation.GetXattr(existing(), ReferenceAcl.ACCESS);
      default -> changeOf(mode(), null, null, null, null, null);
    };
  }

  /** A directory that exists, the root now and then. */
  private List<String> anyDirectory() {
    return directories.get(random.nextInt(directories.size()));
  }

  private Operation onNames(int dice) {
    if (dice < 7) {
      return new Operation.MakeDirectory(caller(), target(), mode());
    }
    if (dice < 9) {
      return special();
    }
    if (dice < 11) {
      return new Operation.MakeSymlink(caller(), target(), name().repeat(1 + random.nextInt(3)));
    }
    if (dice < 15) {
      return new Operation.Link(caller(), existing(), target());
    }
    if (dice < 21) {
      return new Operation.Unlink(caller(), existingFile());
    }
    if (dice < 24) {
      return new Operation.RemoveDirectory(caller(), existingDirectory());
    }
    if (dice < 34) {
      return new Operation.Rename(
          caller(), existing(), random.nextInt(3) == 0 ? existing() : target(), renameMode());
    }
    if (dice < 36) {
      return new Operation.ReadLink(existingFile());
    }
    return new Operation.ListDirectory(directory());
  }

  private Operation special() {
    int[] types = {FileMode.REGULAR, FileMode.FIFO, FileMode.SOCKET, FileMode.CHARACTER};
    int type = types[random.nextInt(types.length)];
    long device = type == FileMode.CHARACTER ? 0x103 : 0;
    return new Operation.MakeNode(caller(), target(), type | mode(), device);
  }

  private Operation onHandles(int dice) {
    int slot = slot();
    if (dice < 6) {
      return new Operation.Create(caller(), slot, target(), mode(), flags());
    }
    if (dice < 12) {
      return new Operation.Open(caller(), slot, existingFile(), flags());
    }
    if (dice < 23) {
      return new Operation.Write(
          caller(), slot, offset(), length(), random.nextLong(), random.nextInt(8) == 0);
    }
    if (dice < 28) {
      return new Operation.Read(slot, offset(), length());
    }
    if (dice < 31) {
      return new Operation.Allocate(
          caller(),
          slot,
          ALLOCATE_MODES[random.nextInt(ALLOCATE_MODES.length)],
          offset(),
          length());
    }
    if (dice < 33) {
      return new Operation.Seek(slot, offset(), random.nextBoolean());
    }
    if (dice < 35) {
      return new Operation.HandleTruncate(caller(), slot, offset());
    }
    if (dice < 36) {
      return new Operation.HandleAttributes(slot);
    }
    return dice < 39 ? new Operation.Fsync(slot) : new Operation.Release(slot);
  }

  private Operation onAttributes(int dice) {
    if (dice < 8) {
      return change();
    }
    if (dice < 11) {
      return new Operation.SetXattr(caller(), existing(), xattr(), xattrLength(), xattrMode());
    }
    if (dice < 13) {
      return new Operation.GetXattr(existing(), xattr());
    }
    if (dice < 14) {
      return new Operation.RemoveXattr(caller(), existing(), xattr());
    }
    if (dice < 20) {
      return new Operation.Stat(existing());
    }
    return random.nextInt(3) == 0 ? new Operation.Remount() : new Operation.Sync();
  }

  private Operation change() {
    return switch (random.nextInt(5)) {
      case 0 -> changeOf(mode(), null, null, null, null, null);
      case 1 -> changeOf(null, owner(), owner(), null, null, null);
      case 2 -> changeOf(null, null, null, offset(), null, null);
      case 3 -> changeOf(null, null, null, null, time(), time());
      default -> changeOf(mode(), owner(), null, null, null, time());
    };
  }

  private Operation changeOf(
      @Nullable Integer mode,
      @Nullable Integer uid,
      @Nullable Integer gid,
      @Nullable Long size,
      @Nullable Instant access,
      @Nullable Instant modify) {
    return new Operation.Change(caller(), existing(), mode, uid, gid, size, access, modify);
  }

  private @Nullable Instant time() {
    return switch (random.nextInt(4)) {
      case 0 -> null;
      case 1 -> AttributeChange.NOW;
      case 2 -> Instant.ofEpochSecond(-random.nextLong(1L << 31), random.nextInt(1_000_000_000));
      default -> Instant.ofEpochSecond(random.nextLong(1L << 33), random.nextInt(1_000_000_000));
    };
  }

  private Caller caller() {
    List<Caller> callers = profile.callers();
    return callers
        .get(random.nextInt(callers.size()))
        .withUmask(UMASKS[random.nextInt(UMASKS.length)]);
  }

  private OpenFlags flags() {
    return FLAGS.get(random.nextInt(FLAGS.size()));
  }

  private int mode() {
    return switch (random.nextInt(4)) {
      case 0 -> 0755;
      case 1 -> 06755;
      case 2 -> 02640;
      default -> random.nextInt(010000);
    };
  }

  private int owner() {
    return random.nextInt(3) * 500;
  }

  private RenameMode renameMode() {
    RenameMode[] modes = RenameMode.values();
    int dice = random.nextInt(2 * modes.length);
    return dice < modes.length ? modes[dice] : RenameMode.REPLACE;
  }

  private String xattr() {
    return XATTRS.get(random.nextInt(XATTRS.size()));
  }

  private int xattrLength() {
    return random.nextInt(8) == 0 ? random.nextInt(70_000) : random.nextInt(100);
  }

  private XattrMode xattrMode() {
    return new XattrMode(random.nextInt(4) == 0, random.nextInt(4) == 0, false);
  }

  /** Near the beginning, near edges of blocks, and now and then far away. */
  private long offset() {
    return switch (random.nextInt(10)) {
      case 0 -> 0;
      case 1, 2, 3 -> random.nextInt(5000);
      case 4, 5 -> 4096L * random.nextInt(40) + random.nextInt(3) - 1;
      case 6, 7 -> random.nextInt(300_000);
      case 8 -> (1L << 20) + random.nextInt(9000) - 4500;
      default -> random.nextInt(6) == 0 ? (5L << 30) + random.nextInt(5000) : 0;
    };
  }

  private int length() {
    return switch (random.nextInt(8)) {
      case 0 -> 0;
      case 1, 2, 3 -> random.nextInt(300);
      case 4, 5 -> random.nextInt(10_000);
      case 6 -> 4096 * (1 + random.nextInt(8));
      default -> random.nextInt(200_000);
    };
  }

  private String name() {
    return random.nextInt(60) == 0
        ? ODD_NAMES.get(random.nextInt(ODD_NAMES.size()))
        : NAMES.get((int) Math.min(NAMES.size() - 1L, random.nextInt(20) / 2));
  }

  /** Mostly something that exists. */
  private List<String> existing() {
    if (random.nextInt(10) == 0) {
      return path();
    }
    return random.nextInt(3) == 0 ? existingDirectory() : existingFile();
  }

  private List<String> existingFile() {
    return files.isEmpty() || random.nextInt(12) == 0
        ? path()
        : files.get(random.nextInt(files.size()));
  }

  /** Not the root. */
  private List<String> existingDirectory() {
    return directories.size() < 2 || random.nextInt(12) == 0
        ? path()
        : directories.get(1 + random.nextInt(directories.size() - 1));
  }

  /** A name in a directory that mostly exists; the name itself may exist, too. */
  private List<String> target() {
    if (random.nextInt(10) == 0) {
      return path();
    }
    List<String> directory = directories.get(random.nextInt(directories.size()));
    if (directory.size() >= MOST_DEPTH + 1) {
      return path();
    }
    List<String> path = new ArrayList<>(directory);
    path.add(name());
    return List.copyOf(path);
  }

  /** Mostly one that fits. */
  private int slot(IntPredicate fits) {
    int slot = slot();
    for (int more = 0; more < MORE_SLOTS && !fits.test(slot); more++) {
      slot = slot();
    }
    return slot;
  }

  private int slot() {
    return random.nextInt(ModelWorld.SLOTS);
  }

  private List<String> path() {
    int depth = 1 + Math.min(random.nextInt(MOST_DEPTH), random.nextInt(MOST_DEPTH));
    List<String> path = new ArrayList<>(depth);
    for (int i = 0; i < depth; i++) {
      path.add(name());
    }
    return List.copyOf(path);
  }

  private List<String> directory() {
    return random.nextInt(4) == 0 ? List.of() : existing();
  }
}
