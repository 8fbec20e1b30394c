// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseAdapter;
import zonefsj.fs.fuse.FuseErrors;
import zonefsj.fs.fuse.protocol.InitFlags;
import zonefsj.fs.fuse.protocol.Negotiation;
import zonefsj.fs.fuse.protocol.Opcode;
import zonefsj.fs.fuse.protocol.Reply;
import zonefsj.fs.fuse.protocol.RequestHeader;
import zonefsj.fs.fuse.protocol.Requests;

/**
 * Answers requests, bytes to bytes. It never throws: requests that it cannot decode get an error as
 * the reply. Thread-safe; each call has its own {@link Reply}.
 */
public final class RequestHandler {
  private static final Logger LOG = LoggerFactory.getLogger(RequestHandler.class);

  private static final int EPROTO = 71;
  private static final int OPCODE_AT = 4;

  private final ThreadGuard guard;
  private final NodeRequests nodes;
  private final FileRequests files;
  private final IoctlRequests ioctls;
  private final boolean writeback;
  private final boolean idmapped;
  private final int mostBackground;
  private volatile @Nullable Negotiation agreed;
  private volatile boolean refused;

  /**
   * @param adapter to the filesystem
   * @param writeback whether the kernel may cache writes
   * @param idmapped whether the mount may be idmapped: the kernel checks permissions, and the
   *     processes of all callers can be read
   * @param mostThreads largest number of threads that serve requests
   * @param notices receives changes that the kernel must learn before the reply
   */
  public RequestHandler(
      FuseAdapter adapter, boolean writeback, boolean idmapped, int mostThreads, Notices notices) {
    ZoneFileSystem fileSystem = adapter.fileSystem();
    this.guard = new ThreadGuard(fileSystem::turnReadOnly);
    WritebackFiles held = new WritebackFiles(writeback, notices);
    this.nodes = new NodeRequests(adapter, held);
    this.files = new FileRequests(adapter, writeback, held);
    this.ioctls = new IoctlRequests(fileSystem);
    fileSystem.onSetIdsDropped(notices::attributesChanged);
    this.writeback = writeback;
    this.idmapped = idmapped;
    this.mostBackground = SlowRequests.shareOf(mostThreads);
  }

  /**
   * The opcode of a request; -1 if it is shorter than a request can be.
   *
   * @param request from position to limit, in the machine's byte order
   */
  static int opcodeOf(ByteBuffer request) {
    return request.remaining() < RequestHeader.BYTES
        ? -1
        : request.getInt(request.position() + OPCODE_AT);
  }

  /**
   * Whether a request may wait long.
   *
   * @param request from position to limit, in the machine's byte order
   */
  static boolean isSlow(ByteBuffer request) {
    Opcode opcode = Opcode.of(opcodeOf(request));
    return opcode != null && SlowRequests.isSlow(opcode);
  }

  /** The result of INIT; null before. */
  @Nullable Negotiation agreed() {
    return agreed;
  }

  /** Whether the kernel supports no protocol version of this program. */
  boolean isRefused() {
    return refused;
  }

  /**
   * Answers one request.
   *
   * @param request from position to limit, in the machine's byte order; both are moved
   * @param reply receives the answer
   * @return the answer, from position to limit, or null if there is none
   */
  @SuppressWarnings("CatchingUnchecked") // in every case the kernel waits for an answer
  public @Nullable ByteBuffer serve(ByteBuffer request, Reply reply) {
    int received = request.remaining();
    if (received < RequestHeader.BYTES) {
      LOG.error("a request of {} bytes cannot be answered", received);
      return null;
    }
    long unique = request.getLong(request.position() + 8);
    int number = request.getInt(request.position() + OPCODE_AT);
    Opcode opcode = Opcode.of(number);
    if (opcode == null) {
      LOG.debug("request {} is not known", number);
      return reply.failure(-Errno.ENOSYS.number(), unique);
    }
    long node = request.getLong(request.position() + 16);
    try {
      RequestHeader header = RequestHeader.decode(request);
      if (!header.isWhole(received)) {
        throw new ErrnoException(
            Errno.EIO, "a request of " + header.lengthBytes() + " bytes came with " + received);
      }
      if (LOG.isTraceEnabled()) {
        LOG.trace("{} node {}", opcode, node);
      }
      reply.begin();
      int error = serve(opcode, header, request, reply);
      if (!opcode.hasReply()) {
        return null;
      }
      return error == 0 ? reply.success(unique) : reply.failure(error, unique);
    } catch (Throwable failure) {
      if (!ThreadGuard.isUnderstood(failure)) {
        guard.report(opcode.name(), failure);
      }
      int error = FuseErrors.reply(opcode.name(), "node " + node, failure);
      return opcode.hasReply() ? reply.failure(error, unique) : null;
    }
  }

  /** Returns 0, or the negative error number of a request that is refused without a log line. */
  private int serve(Opcode opcode, RequestHeader header, ByteBuffer body, Reply reply)
      throws ErrnoException, IOException {
    switch (opcode) {
      case INIT -> {
        return init(Requests.Init.decode(body), reply);
      }
      case LOOKUP -> nodes.lookup(header, body, reply);
      case FORGET -> nodes.forget(header, body);
      case BATCH_FORGET -> nodes.batchForget(body);
      case GETATTR -> nodes.getAttributes(header, reply);
      case STATX -> nodes.statx(header, reply);
      case SETATTR -> nodes.setAttributes(header, body, reply, has(InitFlags.HANDLE_KILLPRIV_V2));
      case READLINK -> nodes.readLink(header, reply);
      case SYMLINK -> nodes.makeSymlink(header, body, reply);
      case MKNOD -> nodes.makeNode(header, body, reply, has(InitFlags.CREATE_SUPP_GROUP));
      case MKDIR -> nodes.makeDirectory(header, body, reply);
      case UNLINK -> nodes.unlink(header, body);
      case RMDIR -> nodes.removeDirectory(header, body);
      case RENAME -> nodes.rename(header, Requests.Rename.decode(body, false));
      case RENAME2 -> nodes.rename(header, Requests.Rename.decode(body, true));
      case LINK -> nodes.link(header, body, reply);
      case STATFS -> nodes.statfs(reply);
      case SETXATTR ->
          nodes.setXattr(header, Requests.SetXattr.decode(body, has(InitFlags.SETXATTR_EXT)));
      case GETXATTR -> nodes.getXattr(header, body, reply);
      case LISTXATTR -> nodes.listXattrs(header, body, reply);
      case REMOVEXATTR -> nodes.removeXattr(header, body);
      case CREATE -> files.create(header, body, reply, has(InitFlags.CREATE_SUPP_GROUP));
      case TMPFILE -> files.createUnnamed(header, body, reply, has(InitFlags.CREATE_SUPP_GROUP));
      case OPEN -> files.open(header, body, reply, has(InitFlags.HANDLE_KILLPRIV_V2));
      case READ -> files.read(body, reply);
      case WRITE -> files.write(header, body, reply);
      case FLUSH -> files.flush(body);
      case FSYNC -> files.fsync(body);
      case RELEASE -> files.release(header, body);
      case FALLOCATE -> files.allocate(header, body);
      case COPY_FILE_RANGE -> files.copy(header, body, reply);
      case COPY_FILE_RANGE_64 -> files.copy64(header, body, reply);
      case LSEEK -> {
        if (has(InitFlags.WRITEBACK_CACHE)) {
          // The kernel does not write its dirty pages back first, so they would be holes. After
          // this answer it takes the whole file for data, and asks no more.
          return -Errno.ENOSYS.number();
        }
        files.seek(body, reply);
      }
      case IOCTL -> ioctls.serve(header, body, reply);
      case OPENDIR -> files.openDirectory(header, reply);
      case READDIR -> files.readDirectory(body, reply);
      case READDIRPLUS -> files.readDirectoryPlus(body, reply);
      case RELEASEDIR -> files.releaseDirectory(body);
      // A directory has no data of its own: a sync of everything makes its names durable.
      case FSYNCDIR, SYNCFS, DESTROY -> files.sync();
      // The kernel then acts by itself: locks and permissions are local, a file is always ready,
      // and an operation is not interrupted, as on a disk. The others belong to other kinds of
      // mounts (fuseblk, DAX).
      case GETLK,
          SETLK,
          SETLKW,
          ACCESS,
          POLL,
          INTERRUPT,
          BMAP,
          SETUPMAPPING,
          REMOVEMAPPING,
          NOTIFY_REPLY -> {
        return -Errno.ENOSYS.number();
      }
    }
    return 0;
  }

  private int init(Requests.Init offer, Reply reply) {
    if (!Negotiation.isSpoken(offer)) {
      LOG.error("the kernel speaks FUSE {}.{}", offer.major(), offer.minor());
      refused = true;
      return -EPROTO;
    }
    Negotiation agreement = Negotiation.of(offer, writeback, idmapped);
    agreed = agreement;
    LOG.info(
        "FUSE 7.{}, {} bytes a request, abilities {}",
        agreement.minor(),
        agreement.maxWriteBytes(),
        Long.toHexString(agreement.flags()));
    reply.init(agreement, mostBackground);
    return 0;
  }

  private boolean has(long flag) {
    Negotiation agreement = agreed;
    return agreement != null && agreement.has(flag);
  }
}
