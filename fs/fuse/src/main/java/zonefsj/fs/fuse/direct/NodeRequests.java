// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseAdapter;
import zonefsj.fs.fuse.FuseErrors;
import zonefsj.fs.fuse.ProcessRights;
import zonefsj.fs.fuse.protocol.Reply;
import zonefsj.fs.fuse.protocol.RequestHeader;
import zonefsj.fs.fuse.protocol.Requests;

/** Requests on names and attributes. Thread-safe. */
final class NodeRequests {
  private static final byte[] CAPABILITIES =
      "security.capability".getBytes(StandardCharsets.US_ASCII);

  private final FuseAdapter adapter;
  private final ZoneFileSystem fileSystem;
  private final WritebackFiles writeback;
  private final CapabilityRemovals removals = new CapabilityRemovals();

  NodeRequests(FuseAdapter adapter, WritebackFiles writeback) {
    this.writeback = writeback;
    this.adapter = adapter;
    this.fileSystem = adapter.fileSystem();
  }

  private static ProcessRights rights(RequestHeader header) {
    return new ProcessRights(header.uid(), header.gid(), header.pid());
  }

  private static Caller caller(RequestHeader header, int umask, ProcessRights rights) {
    return new Caller(header.uid(), header.gid(), header.pid(), umask, rights);
  }

  static Caller caller(RequestHeader header) {
    return caller(header, 0, rights(header));
  }

  /** The caller of a request that contains whether set-ID bits stay. */
  static Caller caller(RequestHeader header, boolean keepsSetIds) {
    return caller(header, 0, rights(header).keepingSetIds(keepsSetIds));
  }

  /**
   * The caller of a request that creates an inode.
   *
   * @param hasGroups whether the request contains what matters of its supplementary groups
   */
  static Caller creator(RequestHeader header, int umask, boolean hasGroups) {
    ProcessRights rights = rights(header);
    return caller(header, umask, hasGroups ? rights.inGroups(header.groups()) : rights);
  }

  void lookup(RequestHeader header, ByteBuffer body, Reply reply)
      throws ErrnoException, IOException {
    byte[] name = Requests.nextName(body);
    Attributes found;
    try {
      // An NFS server looks up "." to find a node again, also for files.
      found =
          writeback.forKernel(
              name.length == 1 && name[0] == '.'
                  ? fileSystem.find(header.node())
                  : fileSystem.lookup(header.node(), name));
    } catch (ErrnoException none) {
      if (none.errno() != Errno.ENOENT) {
        throw none;
      }
      reply.noEntry();
      return;
    }
    entry(found, reply);
  }

  /** Adds a reference: the kernel counts one more lookup of this inode. */
  private void entry(Attributes attributes, Reply reply) {
    fileSystem.retain(attributes.inode());
    reply.entry(attributes);
  }

  void forget(RequestHeader header, ByteBuffer body) throws ErrnoException {
    Requests.forget(header.node(), body, this::forget);
  }

  void batchForget(ByteBuffer body) throws ErrnoException {
    Requests.batchForget(body, this::forget);
  }

  private void forget(long inode, long count) {
    try {
      fileSystem.forget(inode, count);
    } catch (ErrnoException | IOException failed) {
      // FORGET has no reply. The next mount purges the inode.
      FuseErrors.reply("FORGET", "node " + inode, failed);
    }
  }

  void getAttributes(RequestHeader header, Reply reply) throws ErrnoException, IOException {
    reply.attributes(writeback.forKernel(fileSystem.attributes(header.node())));
  }

  void statx(RequestHeader header, Reply reply) throws ErrnoException, IOException {
    reply.statx(writeback.forKernel(fileSystem.attributes(header.node())));
  }

  /**
   * @param hasSetIdFlags whether requests contain that set-ID bits go
   */
  void setAttributes(RequestHeader header, ByteBuffer body, Reply reply, boolean hasSetIdFlags)
      throws ErrnoException, IOException {
    Requests.SetAttributes request = Requests.SetAttributes.decode(body);
    AttributeChange change =
        FuseAdapter.change(
            request.valid(),
            request.mode(),
            request.uid(),
            request.gid(),
            request.sizeBytes(),
            request.accessSeconds(),
            request.accessNanos(),
            request.modifySeconds(),
            request.modifyNanos(),
            request.changeSeconds(),
            request.changeNanos());
    // Only that of a truncation tells the caller's rights: a chown always has it.
    Caller caller =
        hasSetIdFlags && change.sizeBytes() != null
            ? caller(header, !request.killsSetIds())
            : caller(header);
    boolean isOfRemoval = change.isSameOwner() && removals.take(header.pid(), header.node());
    reply.attributes(
        writeback.forKernel(
            isOfRemoval && caller.isUser(0)
                ? fileSystem.attributes(header.node())
                : adapter.setAttributes(caller, header.node(), change)));
  }

  void readLink(RequestHeader header, Reply reply) throws ErrnoException, IOException {
    reply.bytes(fileSystem.readLink(header.node()));
  }

  void makeSymlink(RequestHeader header, ByteBuffer body, Reply reply)
      throws ErrnoException, IOException {
    Requests.MakeSymlink request = Requests.MakeSymlink.decode(body);
    entry(
        fileSystem.makeSymlink(caller(header), header.node(), request.name(), request.target()),
        reply);
  }

  void makeNode(RequestHeader header, ByteBuffer body, Reply reply, boolean hasGroups)
      throws ErrnoException, IOException {
    Requests.MakeNode request = Requests.MakeNode.decode(body);
    Caller caller = creator(header, request.umask(), hasGroups);
    long device = Integer.toUnsignedLong(request.device());
    entry(
        writeback.forKernel(
            adapter.makeNode(caller, header.node(), request.name(), request.mode(), device)),
        reply);
  }

  void makeDirectory(RequestHeader header, ByteBuffer body, Reply reply)
      throws ErrnoException, IOException {
    Requests.MakeDirectory request = Requests.MakeDirectory.decode(body);
    Caller caller = creator(header, request.umask(), true);
    entry(adapter.makeDirectory(caller, header.node(), request.name(), request.mode()), reply);
  }

  void unlink(RequestHeader header, ByteBuffer body) throws ErrnoException, IOException {
    fileSystem.unlink(caller(header), header.node(), Requests.nextName(body));
  }

  void removeDirectory(RequestHeader header, ByteBuffer body) throws ErrnoException, IOException {
    fileSystem.removeDirectory(caller(header), header.node(), Requests.nextName(body));
  }

  void rename(RequestHeader header, Requests.Rename request) throws ErrnoException, IOException {
    fileSystem.rename(
        caller(header),
        header.node(),
        request.name(),
        request.newParent(),
        request.newName(),
        FuseAdapter.renameMode(request.flags()));
  }

  void link(RequestHeader header, ByteBuffer body, Reply reply) throws ErrnoException, IOException {
    Requests.Link request = Requests.Link.decode(body);
    entry(
        writeback.forKernel(
            fileSystem.link(caller(header), request.inode(), header.node(), request.name())),
        reply);
  }

  void statfs(Reply reply) throws IOException {
    reply.statfs(fileSystem.statistics());
  }

  void setXattr(RequestHeader header, Requests.SetXattr request)
      throws ErrnoException, IOException {
    adapter.setXattr(
        caller(header),
        header.node(),
        request.name(),
        request.value(),
        request.flags(),
        request.killsSetGroupId());
  }

  void getXattr(RequestHeader header, ByteBuffer body, Reply reply)
      throws ErrnoException, IOException {
    int room = Requests.GetXattr.decode(body).sizeBytes();
    byte[] name = Requests.nextName(body);
    int length = adapter.getXattr(header.node(), name, reply.room(room));
    tell(length, room, reply);
  }

  void listXattrs(RequestHeader header, ByteBuffer body, Reply reply)
      throws ErrnoException, IOException {
    int room = Requests.GetXattr.decode(body).sizeBytes();
    int length = adapter.listXattrs(caller(header), header.node(), reply.room(room));
    tell(length, room, reply);
  }

  private static void tell(int lengthBytes, int roomBytes, Reply reply) {
    if (roomBytes == 0) {
      reply.xattrLength(lengthBytes);
    } else {
      reply.filled(lengthBytes);
    }
  }

  void removeXattr(RequestHeader header, ByteBuffer body) throws ErrnoException, IOException {
    byte[] name = Requests.nextName(body);
    adapter.removeXattr(caller(header), header.node(), name);
    if (Arrays.equals(name, CAPABILITIES)) {
      removals.add(header.pid(), header.node());
    }
  }
}
