// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.io.IOException;
import java.util.Arrays;
import java.util.function.LongConsumer;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.jspecify.annotations.Nullable;
import ru.serce.jnrfuse.struct.Statvfs;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.RenameMode;
import zonefsj.fs.SpaceStatistics;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseAdapter;
import zonefsj.fs.fuse.PathResolver;

/** The callbacks for names and attributes. */
final class NodeCallbacks {
  private final FuseAdapter adapter;
  private final ZoneFileSystem fileSystem;
  private final PathResolver resolver;
  private final HiddenNodes hidden;
  private final KeepCachePolicy keepCache;
  private final LongConsumer forgetAttributes;

  /**
   * @param forgetAttributes makes the kernel request the attributes of a node again
   */
  NodeCallbacks(
      FuseAdapter adapter,
      PathResolver resolver,
      HiddenNodes hidden,
      KeepCachePolicy keepCache,
      LongConsumer forgetAttributes) {
    this.adapter = adapter;
    this.fileSystem = adapter.fileSystem();
    this.resolver = resolver;
    this.hidden = hidden;
    this.keepCache = keepCache;
    this.forgetAttributes = forgetAttributes;
  }

  /** The inode of a request that identifies its subject by node, not by a name below it. */
  long inode(long path) throws ErrnoException, IOException {
    FuseWorker worker = FuseWorker.current();
    Long nameless = worker == null ? null : hidden.inodeOf(worker.request().node());
    return nameless != null ? nameless : resolver.inode(NativeMemory.string(path));
  }

  int getattr(long path, long stat) {
    return Guard.run(
        "getattr",
        path,
        () -> {
          FuseWorker worker = worker();
          Attributes attributes = fileSystem.attributes(inode(path));
          worker.stat().put(stat, attributes, linksToAdd(worker.request()));
          return 0;
        });
  }

  int fgetattr(long path, long stat, long fileInfo) {
    return Guard.run(
        "fgetattr",
        path,
        () -> {
          FuseWorker worker = worker();
          long inode = fileSystem.inodeOf(FileInfo.handle(fileInfo));
          worker.stat().put(stat, fileSystem.attributes(inode), linksToAdd(worker.request()));
          return 0;
        });
  }

  private int linksToAdd(RequestView request) {
    return request.opcode() == RequestView.GETATTR ? hidden.linksToAdd(request.node()) : 0;
  }

  int readlink(long path, long buffer, long size) {
    return Guard.run(
        "readlink",
        path,
        () -> {
          byte[] target = fileSystem.readLink(inode(path));
          // libfuse provides a buffer for PATH_MAX and a zero byte; no longer target can exist.
          int length = (int) Math.min(target.length, size - 1);
          NativeMemory.IO.putByteArray(buffer, target, 0, length);
          NativeMemory.IO.putByte(buffer + length, (byte) 0);
          return 0;
        });
  }

  int mknod(long path, int mode, long device) {
    return Guard.run(
        "mknod",
        path,
        () -> {
          byte[] bytes = NativeMemory.string(path);
          adapter.makeNode(
              caller(), resolver.parent(bytes), PathResolver.name(bytes), mode, device);
          return 0;
        });
  }

  int mkdir(long path, int mode) {
    return Guard.run(
        "mkdir",
        path,
        () -> {
          byte[] bytes = NativeMemory.string(path);
          adapter.makeDirectory(caller(), resolver.parent(bytes), PathResolver.name(bytes), mode);
          return 0;
        });
  }

  int unlink(long path) {
    return Guard.run(
        "unlink",
        path,
        () -> {
          FuseWorker worker = FuseWorker.current();
          if (worker == null || worker.request().opcode() != RequestView.UNLINK) {
            // Not a request of the kernel: libfuse drops a name that it has invented.
            if (worker != null) {
              hidden.closed(worker.request().node());
            }
            return 0;
          }
          byte[] bytes = NativeMemory.string(path);
          fileSystem.unlink(caller(), resolver.parent(bytes), PathResolver.name(bytes));
          return 0;
        });
  }

  int rmdir(long path) {
    return Guard.run(
        "rmdir",
        path,
        () -> {
          byte[] bytes = NativeMemory.string(path);
          fileSystem.removeDirectory(caller(), resolver.parent(bytes), PathResolver.name(bytes));
          return 0;
        });
  }

  int symlink(long target, long path) {
    return Guard.run(
        "symlink",
        path,
        () -> {
          byte[] bytes = NativeMemory.string(path);
          fileSystem.makeSymlink(
              caller(),
              resolver.parent(bytes),
              PathResolver.name(bytes),
              NativeMemory.string(target));
          return 0;
        });
  }

  int rename(long from, long to) {
    return Guard.run(
        "rename",
        from,
        () -> {
          byte[] fromBytes = NativeMemory.string(from);
          byte[] toBytes = NativeMemory.string(to);
          byte[] name = PathResolver.name(fromBytes);
          byte[] newName = PathResolver.name(toBytes);
          RequestView request = worker().request();
          long parent = resolver.parent(fromBytes);
          if (request.opcode() == RequestView.UNLINK) {
            hide(parent, name, newName);
            fileSystem.unlink(request.caller(), parent, name);
          } else if (HiddenNodes.isInvented(newName)
              && !Arrays.equals(newName, request.renameTarget())) {
            hide(parent, name, newName); // the real rename follows and replaces it at once
          } else {
            fileSystem.rename(
                request.caller(),
                parent,
                name,
                resolver.parent(toBytes),
                newName,
                RenameMode.REPLACE);
          }
          return 0;
        });
  }

  private void hide(long parent, byte[] name, byte[] inventedName)
      throws ErrnoException, IOException {
    hidden.add(inventedName, fileSystem.lookup(parent, name).inode());
  }

  int link(long from, long to) {
    return Guard.run(
        "link",
        to,
        () -> {
          byte[] toBytes = NativeMemory.string(to);
          long inode = resolver.inode(NativeMemory.string(from));
          fileSystem.link(caller(), inode, resolver.parent(toBytes), PathResolver.name(toBytes));
          // The kernel's cached attributes of the first name would hide changes through the second.
          keepCache.shared(inode);
          forgetAttributes.accept(worker().request().linkedNode());
          return 0;
        });
  }

  int chmod(long path, int mode) {
    return setAttributes("chmod", path, 0);
  }

  int chown(long path, int uid, int gid) {
    return setAttributes("chown", path, 0);
  }

  int truncate(long path, long size) {
    return setAttributes("truncate", path, 0);
  }

  int ftruncate(long path, long size, long fileInfo) {
    return setAttributes("ftruncate", path, fileInfo);
  }

  int utimens(long path, long times) {
    return setAttributes("utimens", path, 0);
  }

  /** Performs a SETATTR, which arrives in up to four calls; the first one does everything. */
  private int setAttributes(String operation, long path, long fileInfo) {
    return Guard.run(
        operation,
        path,
        () -> {
          FuseWorker worker = worker();
          AttributeChange change = worker.request().takeChange();
          if (change != null) {
            long inode =
                fileInfo != 0 ? fileSystem.inodeOf(FileInfo.handle(fileInfo)) : inode(path);
            adapter.setAttributes(worker.request().caller(), inode, change);
          }
          return 0;
        });
  }

  int statfs(long path, long statvfs) {
    return Guard.run(
        "statfs",
        path,
        () -> {
          SpaceStatistics space = fileSystem.statistics();
          Statvfs out = Statvfs.of(Pointer.wrap(Runtime.getSystemRuntime(), statvfs));
          int block = space.blockSizeBytes();
          out.f_bsize.set(block);
          out.f_frsize.set(block);
          out.f_blocks.set(space.totalBytes() / block);
          out.f_bfree.set(space.freeBytes() / block);
          out.f_bavail.set(space.availableBytes() / block);
          out.f_files.set(space.inodes() + space.freeInodes());
          out.f_ffree.set(space.freeInodes());
          out.f_favail.set(space.freeInodes());
          out.f_namemax.set(ZoneFileSystem.MAX_NAME_BYTES);
          return 0;
        });
  }

  int setxattr(long path, long name, long value, long size, int flags) {
    return Guard.run(
        "setxattr",
        path,
        () -> {
          adapter.setXattr(
              caller(),
              inode(path),
              NativeMemory.string(name),
              NativeMemory.bytes(value, (int) size),
              flags,
              false);
          return 0;
        });
  }

  int getxattr(long path, long name, long value, long size) {
    return Guard.run(
        "getxattr",
        path,
        () ->
            adapter.getXattr(
                inode(path), NativeMemory.string(name), NativeMemory.view(value, size)));
  }

  int listxattr(long path, long buffer, long size) {
    return Guard.run(
        "listxattr",
        path,
        () -> adapter.listXattrs(caller(), inode(path), NativeMemory.view(buffer, size)));
  }

  int removexattr(long path, long name) {
    return Guard.run(
        "removexattr",
        path,
        () -> {
          adapter.removeXattr(caller(), inode(path), NativeMemory.string(name));
          return 0;
        });
  }

  static Caller caller() {
    return worker().request().caller();
  }

  /** The current worker; every request of the kernel runs on one. */
  static FuseWorker worker() {
    @Nullable FuseWorker worker = FuseWorker.current();
    if (worker == null) {
      throw new IllegalStateException("called back outside of a request");
    }
    return worker;
  }
}
