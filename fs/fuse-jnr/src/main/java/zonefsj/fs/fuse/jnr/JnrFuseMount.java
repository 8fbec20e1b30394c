// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToIntFunction;
import jnr.ffi.LastError;
import jnr.ffi.Runtime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseMountException;
import zonefsj.fs.fuse.LiveFuseMount;
import zonefsj.fs.fuse.UmountCalls;

/** A live mount over libfuse 2.9: its workers, and its end. */
final class JnrFuseMount extends LiveFuseMount implements FuseWorker.WorkerListener {
  private static final Logger LOG = LoggerFactory.getLogger(JnrFuseMount.class);

  private final LibFuse2 fuse;
  private final long channel;
  private final long handle;
  private final long session;
  private final OperationsTable operations;
  private final HiddenNodes hidden;
  private final SendChannel replies;
  private final InternalRequests own;
  private final TargetHolds holds;
  private final ZoneFileSystem fileSystem;

  private final List<FuseWorker> workers = new ArrayList<>();

  JnrFuseMount(
      LibFuse2 fuse,
      JnrLibc libc,
      Path mountPoint,
      long channel,
      long handle,
      OperationsTable operations,
      HiddenNodes hidden,
      KeepCachePolicy keepCache,
      ZoneFileSystem fileSystem) {
    super(JnrFuseTransport.NAME, mountPoint, new LibcUmount(libc), "fusermount", fileSystem);
    this.fuse = fuse;
    this.channel = channel;
    this.handle = handle;
    this.session = fuse.fuse_get_session(handle);
    this.operations = operations;
    this.hidden = hidden;
    this.replies = new SendChannel(fuse, channel, new ReplyPatch(fuse, channel, keepCache));
    this.own = new InternalRequests(fuse, session, channel);
    this.holds = new TargetHolds(own);
    this.fileSystem = fileSystem;
  }

  /** Starts this number of workers, once; returns when the mount can be used. */
  void start(int threads) throws FuseMountException {
    for (int i = 0; i < threads; i++) {
      workers.add(
          new FuseWorker(
              "fuse-" + i,
              fuse,
              session,
              channel,
              replies.address(),
              hidden,
              holds,
              meter(),
              this));
    }
    start(workers);
  }

  @Override
  public void initialized() {
    firstAnswered();
  }

  @Override
  public void ended(int error) {
    fuse.fuse_session_exit(session);
    workerEnded(error);
  }

  @Override
  public void brokeDown(String operation, Throwable what) {
    guard().report(operation, what);
  }

  @Override
  protected void free() {
    workers.forEach(FuseWorker::free);
    releaseHolds();
    own.free();
    replies.free();
    fuse.fuse_destroy(handle);
    operations.free();
  }

  private void releaseHolds() {
    for (long held : holds.remaining()) {
      try {
        fileSystem.release(held);
      } catch (ErrnoException | IOException e) {
        LOG.warn("closing a file that was replaced: {}", e.getMessage());
      }
    }
  }

  /** Through the C library. */
  private record LibcUmount(JnrLibc libc) implements UmountCalls {
    @Override
    public int open(String path, int flags) {
      int descriptor = with(path, name -> libc.open(name, flags));
      return descriptor < 0 ? -lastError() : descriptor;
    }

    @Override
    public void close(int descriptor) {
      libc.close(descriptor);
    }

    @Override
    public int umount(String path, int flags) {
      return with(path, name -> libc.umount2(name, flags)) == 0 ? 0 : lastError();
    }

    private static int lastError() {
      return LastError.getLastError(Runtime.getSystemRuntime());
    }

    private static int with(String path, LongToIntFunction call) {
      long name = NativeMemory.newString(path.getBytes(StandardCharsets.UTF_8));
      try {
        return call.applyAsInt(name);
      } finally {
        NativeMemory.free(name);
      }
    }
  }
}
