// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.RenameMode;
import zonefsj.fs.WriteMode;
import zonefsj.fs.XattrMode;
import zonefsj.fs.ZoneFileSystem;

/**
 * One step of a sequence. Steps name files by path and handles by slot, and know nothing of the
 * state that earlier steps made: any part of a sequence is a sequence again, so that shrinking
 * works.
 */
sealed interface Operation {
  /** Does it and tells what came out, in words that must be the same on both filesystems. */
  String apply(ModelWorld world) throws Exception;

  /** All paths that it walks, and those to the directories of their last names. */
  default Set<List<String>> paths() {
    Set<List<String>> paths = new HashSet<>();
    for (Object part : parts("path", "from", "to", "directory")) {
      List<String> path = ((List<?>) part).stream().map(String.class::cast).toList();
      paths.add(path);
      paths.add(path.subList(0, Math.max(0, path.size() - 1)));
    }
    return paths;
  }

  /** The slots that it uses, of handles and of what is kept, so that two can be compared. */
  default Set<String> slots() {
    Set<String> slots = new HashSet<>();
    for (Object slot : parts("slot", "source", "target")) {
      if (slot instanceof Integer) {
        slots.add("handle " + slot);
      }
    }
    for (Object slot : parts("kept")) {
      slots.add("kept " + slot);
    }
    return slots;
  }

  private List<Object> parts(String... names) {
    List<Object> parts = new ArrayList<>();
    for (RecordComponent part : getClass().getRecordComponents()) {
      if (List.of(names).contains(part.getName())) {
        try {
          parts.add(part.getAccessor().invoke(this));
        } catch (ReflectiveOperationException impossible) {
          throw new IllegalStateException(impossible);
        }
      }
    }
    return parts;
  }

  /** mkdir(2). */
  record MakeDirectory(Caller caller, List<String> path, int mode) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      return Outcome.of(
          world
              .fileSystem()
              .makeDirectory(caller, world.resolveParent(path), ModelWorld.lastName(path), mode));
    }
  }

  /** mknod(2). */
  record MakeNode(Caller caller, List<String> path, int mode, long device) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      return Outcome.of(
          world
              .fileSystem()
              .makeNode(
                  caller, world.resolveParent(path), ModelWorld.lastName(path), mode, device));
    }
  }

  /** symlink(2). */
  record MakeSymlink(Caller caller, List<String> path, String target) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      return Outcome.of(
          world
              .fileSystem()
              .makeSymlink(
                  caller,
                  world.resolveParent(path),
                  ModelWorld.lastName(path),
                  ReferenceNode.bytes(target)));
    }
  }

  /** readlink(2). */
  record ReadLink(List<String> path) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      return ReferenceNode.key(world.fileSystem().readLink(world.resolve(path)));
    }
  }

  /** link(2). */
  record Link(Caller caller, List<String> from, List<String> to) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      return Outcome.of(
          world
              .fileSystem()
              .link(caller, world.resolve(from), world.resolveParent(to), ModelWorld.lastName(to)));
    }
  }

  /** unlink(2). */
  record Unlink(Caller caller, List<String> path) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      world.fileSystem().unlink(caller, world.resolveParent(path), ModelWorld.lastName(path));
      return "ok";
    }
  }

  /** rmdir(2). */
  record RemoveDirectory(Caller caller, List<String> path) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      world
          .fileSystem()
          .removeDirectory(caller, world.resolveParent(path), ModelWorld.lastName(path));
      return "ok";
    }
  }

  /** renameat2(2). */
  record Rename(Caller caller, List<String> from, List<String> to, RenameMode mode)
      implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      world
          .fileSystem()
          .rename(
              caller,
              world.resolveParent(from),
              ModelWorld.lastName(from),
              world.resolveParent(to),
              ModelWorld.lastName(to),
              mode);
      return "ok";
    }
  }

  /** open(2) with O_CREAT and O_EXCL. */
  record Create(Caller caller, int slot, List<String> path, int mode, OpenFlags flags)
      implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      ZoneFileSystem.Created created =
          world
              .fileSystem()
              .create(caller, world.resolveParent(path), ModelWorld.lastName(path), mode, flags);
      world.put(slot, created.handle());
      return Outcome.of(created.attributes());
    }
  }

  /** open(2) with O_TMPFILE. */
  record CreateUnnamed(Caller caller, int slot, List<String> directory, int mode, OpenFlags flags)
      implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      ZoneFileSystem.Created created =
          world.fileSystem().createUnnamed(caller, world.resolve(directory), mode, flags);
      world.put(slot, created.handle());
      return Outcome.of(created.attributes());
    }
  }

  /** linkat(2) of an open file, AT_EMPTY_PATH. */
  record LinkHandle(Caller caller, int slot, List<String> to) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      long inode = world.fileSystem().inodeOf(world.handle(slot));
      return Outcome.of(
          world.fileSystem().link(caller, inode, world.resolveParent(to), ModelWorld.lastName(to)));
    }
  }

  /** Somebody keeps the number of an inode, and with it the inode. */
  record Retain(int kept, List<String> path) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      world.keep(kept, world.resolve(path));
      return "ok";
    }
  }

  /** He gives it up. */
  record Forget(int kept) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      world.forget(kept);
      return "ok";
    }
  }

  /** All references are given up. */
  record ForgetAll() implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      world.forgetAll();
      return "ok";
    }
  }

  /** stat(2) of an inode that is kept. */
  record KeptStat(int kept) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      return Outcome.of(world.fileSystem().attributes(world.kept(kept)));
    }
  }

  /** open(2) of an inode that is kept. */
  record KeptOpen(Caller caller, int kept, int slot, OpenFlags flags) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      world.put(slot, world.fileSystem().open(caller, world.kept(kept), flags));
      return "ok";
    }
  }

  /** link(2) of an inode that is kept. */
  record KeptLink(Caller caller, int kept, List<String> to) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      return Outcome.of(
          world
              .fileSystem()
              .link(caller, world.kept(kept), world.resolveParent(to), ModelWorld.lastName(to)));
    }
  }

  /** mkdir(2) in an inode that is kept. */
  record KeptMakeDirectory(Caller caller, int kept, String name, int mode) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      byte[] bytes = ReferenceNode.bytes(name);
      return Outcome.of(world.fileSystem().makeDirectory(caller, world.kept(kept), bytes, mode));
    }
  }

  /** open(2) of a file that exists. */
  record Open(Caller caller, int slot, List<String> path, OpenFlags flags) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      long inode = world.resolve(path);
      if (!world.fileSystem().attributes(inode).isRegular()) {
        return "not a regular file";
      }
      world.put(slot, world.fileSystem().open(caller, inode, flags));
      return "ok";
    }
  }

  /** pread(2). */
  record Read(int slot, long offset, int length) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      ByteBuffer buffer = ByteBuffer.allocateDirect(length);
      int count = world.fileSystem().read(world.handle(slot), offset, buffer);
      CRC32C crc = new CRC32C();
      crc.update(buffer.flip());
      return count + " bytes, " + buffer.limit() + " filled, " + Long.toHexString(crc.getValue());
    }
  }

  /** pwrite(2); the bytes come from the seed. */
  record Write(Caller caller, int slot, long offset, int length, long seed, boolean fromPageCache)
      implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      byte[] bytes = new byte[length];
      new Random(seed).nextBytes(bytes);
      ByteBuffer buffer = ByteBuffer.allocateDirect(length).put(bytes).flip();
      WriteMode mode = fromPageCache ? WriteMode.PAGE_CACHE : WriteMode.by(caller);
      int count = world.fileSystem().write(world.handle(slot), offset, buffer, mode);
      return count + " bytes, " + buffer.remaining() + " left";
    }
  }

  /** copy_file_range(2), again and again until all that there was at first is copied. */
  record Copy(
      Caller caller, int source, long sourceOffset, int target, long targetOffset, long length)
      implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      ZoneFileSystem fs = world.fileSystem();
      long from = world.handle(source);
      long to = world.handle(target);
      long size = fs.attributes(fs.inodeOf(from)).sizeBytes();
      long wanted = Math.min(length, Math.max(0, size - sourceOffset));
      long done = 0;
      long count;
      do {
        count = fs.copy(caller, from, sourceOffset + done, to, targetOffset + done, wanted - done);
        done += count;
      } while (count > 0 && done < wanted);
      return done + " bytes";
    }
  }

  /** fallocate(2). */
  record Allocate(Caller caller, int slot, int mode, long offset, long length)
      implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      world.fileSystem().allocate(caller, world.handle(slot), mode, offset, length);
      return "ok";
    }
  }

  /** lseek(2) with SEEK_DATA or SEEK_HOLE. */
  record Seek(int slot, long offset, boolean hole) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      return SeekCheck.check(world.fileSystem(), world.handle(slot), offset, hole);
    }
  }

  /** fsync(2), and what close(2) asks for. */
  record Fsync(int slot) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      world.fileSystem().flush(world.handle(slot));
      world.fileSystem().fsync(world.handle(slot));
      return "ok";
    }
  }

  /** fstat(2). */
  record HandleAttributes(int slot) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      return Outcome.of(
          world.fileSystem().attributes(world.fileSystem().inodeOf(world.handle(slot))));
    }
  }

  /** ftruncate(2). */
  record HandleTruncate(Caller caller, int slot, long size) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      return Outcome.of(
          world
              .fileSystem()
              .setAttributes(
                  caller,
                  world.fileSystem().inodeOf(world.handle(slot)),
                  AttributeChange.ofSize(size)));
    }
  }

  /** Last close. */
  record Release(int slot) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      world.release(slot);
      return "ok";
    }
  }

  /** chmod(2), chown(2), truncate(2) and utimensat(2), each or together. */
  record Change(
      Caller caller,
      List<String> path,
      @Nullable Integer mode,
      @Nullable Integer uid,
      @Nullable Integer gid,
      @Nullable Long size,
      @Nullable Instant accessTime,
      @Nullable Instant modifyTime)
      implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      return Outcome.of(world.fileSystem().setAttributes(caller, world.resolve(path), wanted()));
    }

    AttributeChange wanted() {
      return new AttributeChange(mode, uid, gid, size, accessTime, modifyTime);
    }
  }

  /** setxattr(2). */
  record SetXattr(Caller caller, List<String> path, String name, int length, XattrMode mode)
      implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      byte[] value = new byte[length];
      new Random(length).nextBytes(value);
      world
          .fileSystem()
          .setXattr(caller, world.resolve(path), ReferenceNode.bytes(name), value, mode);
      return "ok";
    }
  }

  /** removexattr(2). */
  record RemoveXattr(Caller caller, List<String> path, String name) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      world.fileSystem().removeXattr(caller, world.resolve(path), ReferenceNode.bytes(name));
      return "ok";
    }
  }

  /** getxattr(2) and listxattr(2). */
  record GetXattr(List<String> path, String name) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      long inode = world.resolve(path);
      String names =
          world.fileSystem().listXattrs(Caller.ROOT, inode).stream()
              .map(ReferenceNode::key)
              .sorted()
              .collect(Collectors.joining(","));
      return names
          + " "
          + Outcome.crc(world.fileSystem().getXattr(inode, ReferenceNode.bytes(name)));
    }
  }

  /** setxattr(2) of an ACL; the value in hexadecimal digits. */
  record SetAcl(Caller caller, List<String> path, String name, String value) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      byte[] bytes = HexFormat.of().parseHex(value);
      long inode = world.resolve(path);
      XattrMode mode = new XattrMode(false, false, caller.uid() != 0);
      world.fileSystem().setXattr(caller, inode, ReferenceNode.bytes(name), bytes, mode);
      return Outcome.of(world.fileSystem().attributes(inode));
    }
  }

  /** readdir(3). */
  record ListDirectory(List<String> path) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      List<String> names = ModelWorld.list(world.fileSystem(), world.resolve(path));
      TreeSet<String> sorted = new TreeSet<>(names);
      return sorted + (sorted.size() == names.size() ? "" : " with doubles");
    }
  }

  /** stat(2). */
  record Stat(List<String> path) implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      return Outcome.of(world.fileSystem().attributes(world.resolve(path)));
    }
  }

  /** sync(2). */
  record Sync() implements Operation {
    @Override
    public String apply(ModelWorld world) throws ErrnoException, IOException {
      world.fileSystem().sync();
      return "ok";
    }
  }

  /** umount(8) and mount(8). */
  record Remount() implements Operation {
    @Override
    public String apply(ModelWorld world) throws Exception {
      world.remount();
      return "ok";
    }
  }
}
