// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;
import zonefsj.fs.WriteMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseAdapter;
import zonefsj.fs.fuse.PathResolver;

/** The callbacks for open files and open directories. */
final class FileCallbacks {
  // int (*fuse_fill_dir_t)(void *buf, const char *name, const struct stat *, off_t)
  private static final CallContext FILLER =
      CallContext.getCallContext(
          Type.SINT32,
          new Type[] {Type.POINTER, Type.POINTER, Type.POINTER, Type.SINT64},
          CallingConvention.DEFAULT,
          false);
  private static final Invoker INVOKER = Invoker.getInstance();

  private final FuseAdapter adapter;
  private final ZoneFileSystem fileSystem;
  private final PathResolver resolver;
  private final NodeCallbacks nodes;
  private final KeepCachePolicy keepCache;

  FileCallbacks(
      FuseAdapter adapter, PathResolver resolver, NodeCallbacks nodes, KeepCachePolicy keepCache) {
    this.adapter = adapter;
    this.fileSystem = adapter.fileSystem();
    this.resolver = resolver;
    this.nodes = nodes;
    this.keepCache = keepCache;
  }

  int create(long path, int mode, long fileInfo) {
    return Guard.run(
        "create",
        path,
        () -> {
          byte[] bytes = NativeMemory.string(path);
          ZoneFileSystem.Created created =
              adapter.create(
                  NodeCallbacks.worker().request().caller(),
                  resolver.parent(bytes),
                  PathResolver.name(bytes),
                  mode,
                  FileInfo.flags(fileInfo));
          FileInfo.setHandle(fileInfo, created.handle());
          return 0;
        });
  }

  int open(long path, long fileInfo) {
    return Guard.run(
        "open",
        path,
        () -> {
          long inode = nodes.inode(path);
          long handle =
              adapter.open(
                  NodeCallbacks.worker().request().caller(), inode, FileInfo.flags(fileInfo));
          FileInfo.setHandle(fileInfo, handle);
          if (keepCache.mayKeep(fileSystem.attributes(inode))) {
            FileInfo.keepCache(fileInfo);
          }
          return 0;
        });
  }

  @SuppressWarnings("CatchingUnchecked") // an escaped exception would become success
  int read(long path, long buffer, long size, long offset, long fileInfo) {
    try {
      ByteBuffer destination = NodeCallbacks.worker().window().at(buffer, (int) size);
      return fileSystem.read(FileInfo.handle(fileInfo), offset, destination);
    } catch (Throwable e) {
      return Guard.failed("read", describe(fileInfo, offset, size), e);
    }
  }

  @SuppressWarnings("CatchingUnchecked") // an escaped exception would become success
  int write(long path, long buffer, long size, long offset, long fileInfo) {
    try {
      ByteBuffer source = NodeCallbacks.worker().window().at(buffer, (int) size);
      WriteMode mode =
          FuseAdapter.writeMode(
              NodeCallbacks.caller(), FileInfo.flags(fileInfo), FileInfo.fromPageCache(fileInfo));
      return fileSystem.write(FileInfo.handle(fileInfo), offset, source, mode);
    } catch (Throwable e) {
      return Guard.failed("write", describe(fileInfo, offset, size), e);
    }
  }

  int flush(long path, long fileInfo) {
    return Guard.run(
        "flush",
        path,
        () -> {
          fileSystem.flush(FileInfo.handle(fileInfo));
          return 0;
        });
  }

  int fsync(long path, int dataOnly, long fileInfo) {
    return Guard.run(
        "fsync",
        path,
        () -> {
          fileSystem.fsync(FileInfo.handle(fileInfo));
          return 0;
        });
  }

  int release(long path, long fileInfo) {
    return Guard.run(
        "release",
        path,
        () -> {
          fileSystem.release(FileInfo.handle(fileInfo));
          return 0;
        });
  }

  int fallocate(long path, int mode, long offset, long length, long fileInfo) {
    return Guard.run(
        "fallocate",
        path,
        () -> {
          fileSystem.allocate(
              NodeCallbacks.caller(), FileInfo.handle(fileInfo), mode, offset, length);
          return 0;
        });
  }

  int opendir(long path, long fileInfo) {
    return Guard.run(
        "opendir",
        path,
        () -> {
          FileInfo.setHandle(fileInfo, fileSystem.openDirectory(nodes.inode(path)));
          return 0;
        });
  }

  int readdir(long path, long buffer, long filler, long offset, long fileInfo) {
    return Guard.run(
        "readdir",
        path,
        () -> {
          FuseWorker worker = NodeCallbacks.worker();
          adapter.readDirectory(
              FileInfo.handle(fileInfo),
              offset,
              (name, inode, mode, nextCookie) -> {
                NativeMemory.putString(worker.entryName(), name);
                worker.stat().putEntry(worker.entryStat(), inode, mode);
                return INVOKER.invokeN4(
                        FILLER, filler, buffer, worker.entryName(), worker.entryStat(), nextCookie)
                    == 0;
              });
          return 0;
        });
  }

  int releasedir(long path, long fileInfo) {
    return Guard.run(
        "releasedir",
        path,
        () -> {
          fileSystem.releaseDirectory(FileInfo.handle(fileInfo));
          return 0;
        });
  }

  /** A directory has no data of its own: a sync of everything makes its names durable. */
  int fsyncdir(long path, int dataOnly, long fileInfo) {
    return Guard.run(
        "fsyncdir",
        path,
        () -> {
          fileSystem.sync();
          return 0;
        });
  }

  private static String describe(long fileInfo, long offset, long size) {
    return "handle " + FileInfo.handle(fileInfo) + ", " + size + " bytes at " + offset;
  }
}
