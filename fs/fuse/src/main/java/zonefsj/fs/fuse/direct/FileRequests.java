// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.WriteMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseAdapter;
import zonefsj.fs.fuse.FuseErrors;
import zonefsj.fs.fuse.protocol.DirectoryPage;
import zonefsj.fs.fuse.protocol.OpenReplyFlags;
import zonefsj.fs.fuse.protocol.Reply;
import zonefsj.fs.fuse.protocol.RequestHeader;
import zonefsj.fs.fuse.protocol.Requests;

/** Requests on open files and open directories. Thread-safe. */
final class FileRequests {
  /** Only the kernel changes files, so its cached pages stay valid. */
  private static final int FILE_FLAGS =
      OpenReplyFlags.KEEP_CACHE | OpenReplyFlags.PARALLEL_DIRECT_WRITES;

  // open(2), asm-generic/fcntl.h
  private static final int O_ACCMODE = 3;
  private static final int O_WRONLY = 1;
  private static final int O_RDWR = 2;

  private final FuseAdapter adapter;
  private final ZoneFileSystem fileSystem;
  private final boolean writeback;
  private final WritebackFiles held;

  /**
   * @param writeback whether the kernel caches writes
   * @param held files of which it may
   */
  FileRequests(FuseAdapter adapter, boolean writeback, WritebackFiles held) {
    this.writeback = writeback;
    this.held = held;
    this.adapter = adapter;
    this.fileSystem = adapter.fileSystem();
  }

  void create(RequestHeader header, ByteBuffer body, Reply reply, boolean hasGroups)
      throws ErrnoException, IOException {
    Requests.Create request = Requests.Create.decode(body);
    Caller caller = NodeRequests.creator(header, request.umask(), hasGroups);
    ZoneFileSystem.Created created =
        adapter.create(
            caller, header.node(), request.name(), request.mode(), ours(request.flags()));
    created(created, request, reply);
  }

  private void created(ZoneFileSystem.Created created, Requests.Create request, Reply reply)
      throws ErrnoException, IOException {
    long inode = created.attributes().inode();
    fileSystem.retain(inode);
    if (writes(request.flags())) {
      held.beginWriter(inode);
      held.opened(created.handle());
    }
    reply.entry(held.forKernel(created.attributes()));
    reply.opened(created.handle(), FILE_FLAGS);
  }

  void createUnnamed(RequestHeader header, ByteBuffer body, Reply reply, boolean hasGroups)
      throws ErrnoException, IOException {
    Requests.Create request = Requests.Create.decode(body);
    Caller caller = NodeRequests.creator(header, request.umask(), hasGroups);
    created(
        adapter.createUnnamed(caller, header.node(), request.mode(), ours(request.flags())),
        request,
        reply);
  }

  /**
   * @param hasSetIdFlags whether requests contain that set-ID bits go
   */
  void open(RequestHeader header, ByteBuffer body, Reply reply, boolean hasSetIdFlags)
      throws ErrnoException, IOException {
    Requests.Open request = Requests.Open.decode(body);
    Caller caller =
        hasSetIdFlags
            ? NodeRequests.caller(header, !request.killsSetIds())
            : NodeRequests.caller(header);
    long inode = header.node();
    boolean writes = writes(request.flags());
    if (writes) {
      held.beginWriter(inode);
    }
    long handle = 0;
    try {
      handle = adapter.open(caller, inode, ours(request.flags()));
    } finally {
      if (writes && handle == 0) {
        held.endWriter(inode);
      }
    }
    if (writes) {
      held.opened(handle);
    }
    reply.opened(handle, FILE_FLAGS);
  }

  private static boolean writes(int flags) {
    return (flags & O_ACCMODE) != 0;
  }

  /**
   * Adapts open flags to the kernel's write-back cache: the kernel reads pages of which it writes a
   * part, also through a write-only handle.
   */
  private int ours(int flags) {
    boolean widens = writeback && (flags & O_ACCMODE) == O_WRONLY;
    return widens ? (flags & ~O_ACCMODE) | O_RDWR : flags;
  }

  void read(ByteBuffer body, Reply reply) throws ErrnoException, IOException {
    Requests.Read request = Requests.Read.decode(body);
    if (request.sizeBytes() < 0) {
      throw new ErrnoException(Errno.EINVAL, "a read of " + request.sizeBytes() + " bytes");
    }
    ByteBuffer room = reply.room(request.sizeBytes());
    reply.filled(fileSystem.read(request.handle(), request.offset(), room));
  }

  void write(RequestHeader header, ByteBuffer body, Reply reply)
      throws ErrnoException, IOException {
    Requests.Write request = Requests.Write.decode(body);
    Caller caller = NodeRequests.caller(header, !request.killsSetIds());
    // The kernel has the inode locked and knows the end of the file, so its offset is right for
    // O_APPEND, too. A write(2) is several requests, which may be in progress at the same time, so
    // the end may not be looked up for each.
    boolean fromPageCache = request.fromPageCache();
    WriteMode mode = new WriteMode(caller, false, fromPageCache, fromPageCache);
    reply.written(fileSystem.write(request.handle(), request.offsetBytes(), request.data(), mode));
  }

  void flush(ByteBuffer body) throws ErrnoException, IOException {
    fileSystem.flush(Requests.ByHandle.decode(body).handle());
  }

  void fsync(ByteBuffer body) throws ErrnoException, IOException {
    fileSystem.fsync(Requests.ByHandle.decode(body).handle());
  }

  void release(RequestHeader header, ByteBuffer body) throws ErrnoException, IOException {
    long handle = Requests.ByHandle.decode(body).handle();
    try {
      fileSystem.release(handle);
    } finally {
      held.released(handle, header.node());
    }
  }

  void allocate(RequestHeader header, ByteBuffer body) throws ErrnoException, IOException {
    Requests.Allocate request = Requests.Allocate.decode(body);
    fileSystem.allocate(
        NodeRequests.caller(header),
        request.handle(),
        request.mode(),
        request.offsetBytes(),
        request.lengthBytes());
  }

  void copy(RequestHeader header, ByteBuffer body, Reply reply) throws ErrnoException, IOException {
    reply.written((int) copy(header, Requests.CopyRange.decode(body), Integer.MAX_VALUE));
  }

  void copy64(RequestHeader header, ByteBuffer body, Reply reply)
      throws ErrnoException, IOException {
    reply.position(copy(header, Requests.CopyRange.decode(body), Long.MAX_VALUE));
  }

  private long copy(RequestHeader header, Requests.CopyRange request, long mostBytes)
      throws ErrnoException, IOException {
    if (request.flags() != 0) {
      throw new ErrnoException(Errno.EINVAL, "copy_file_range flags " + request.flags());
    }
    return fileSystem.copy(
        NodeRequests.caller(header),
        request.sourceHandle(),
        request.sourceOffsetBytes(),
        request.targetHandle(),
        request.targetOffsetBytes(),
        Math.min(request.lengthBytes(), mostBytes));
  }

  void seek(ByteBuffer body, Reply reply) throws ErrnoException, IOException {
    Requests.Seek request = Requests.Seek.decode(body);
    boolean hole = request.whence() == Requests.Seek.HOLE;
    if (!hole && request.whence() != Requests.Seek.DATA) {
      throw new ErrnoException(Errno.EINVAL, "whence " + request.whence());
    }
    reply.position(fileSystem.seek(request.handle(), request.offsetBytes(), hole));
  }

  void openDirectory(RequestHeader header, Reply reply) throws ErrnoException, IOException {
    reply.opened(fileSystem.openDirectory(header.node()), 0);
  }

  void readDirectory(ByteBuffer body, Reply reply) throws ErrnoException, IOException {
    Requests.Read request = Requests.Read.decode(body);
    DirectoryPage page = reply.directory(request.sizeBytes(), false);
    adapter.readDirectory(
        request.handle(),
        request.offset(),
        (name, inode, mode, nextCookie) -> {
          if (!page.fits(name)) {
            return false;
          }
          page.add(name, inode, mode, nextCookie, null);
          return true;
        });
  }

  void readDirectoryPlus(ByteBuffer body, Reply reply) throws ErrnoException, IOException {
    Requests.Read request = Requests.Read.decode(body);
    DirectoryPage page = reply.directory(request.sizeBytes(), true);
    List<Long> retained = new ArrayList<>();
    boolean listed = false;
    try {
      adapter.readDirectory(
          request.handle(),
          request.offset(),
          (name, inode, mode, nextCookie) -> {
            if (!page.fits(name)) {
              return false;
            }
            Attributes attributes = isDots(name) ? null : attributesOf(inode);
            if (attributes != null) {
              fileSystem.retain(inode);
              retained.add(inode);
            }
            page.add(name, inode, mode, nextCookie, attributes);
            return true;
          });
      listed = true;
    } finally {
      if (!listed) {
        // The kernel gets none of these entries, and so sends no FORGET for them.
        for (long inode : retained) {
          fileSystem.forget(inode, 1);
        }
      }
    }
  }

  private static boolean isDots(byte[] name) {
    return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
  }

  /** Null if the entry must be sent without attributes: the kernel asks when it needs them. */
  private @Nullable Attributes attributesOf(long inode) {
    try {
      return held.forKernel(fileSystem.attributes(inode));
    } catch (ErrnoException | IOException failed) {
      FuseErrors.reply("READDIRPLUS", "node " + inode, failed);
      return null;
    }
  }

  void releaseDirectory(ByteBuffer body) throws ErrnoException {
    fileSystem.releaseDirectory(Requests.ByHandle.decode(body).handle());
  }

  void sync() throws ErrnoException, IOException {
    fileSystem.sync();
  }
}
