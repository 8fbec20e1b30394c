// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseMountException;
import zonefsj.fs.fuse.LiveFuseMount;

/** A live mount over /dev/fuse: its workers, and its end. */
final class DirectFuseMount extends LiveFuseMount implements RequestWorker.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(DirectFuseMount.class);

  private final FuseDevice device;
  private final RequestHandler handler;
  private final ZoneFileSystem fileSystem;
  private final List<RequestWorker> workers = new ArrayList<>();

  DirectFuseMount(
      Path mountPoint, FuseDevice device, RequestHandler handler, ZoneFileSystem fileSystem) {
    super(DirectFuseTransport.NAME, mountPoint, FusermountMount.PROGRAM, fileSystem);
    this.device = device;
    this.handler = handler;
    this.fileSystem = fileSystem;
  }

  /** Starts this number of workers, once; returns when the mount can be used. */
  void start(int threads) throws FuseMountException {
    for (int index = 0; index < threads; index++) {
      workers.add(new RequestWorker("fuse-" + index, device, handler, this));
    }
    start(workers);
  }

  @Override
  protected @Nullable String refusal() {
    return handler.isRefused()
        ? "the kernel's FUSE protocol is older than 7.31: mount with -o transport=jnr-fuse"
        : null;
  }

  @Override
  public void answered() {
    firstAnswered();
  }

  @Override
  public void ended(int error) {
    workerEnded(error);
  }

  @Override
  protected void joinWorkers() throws InterruptedException {
    for (RequestWorker worker : workers) {
      worker.join();
    }
  }

  @Override
  protected void free() {
    fileSystem.onSetIdsDropped(inode -> {});
    forgetAll();
    device.close();
  }

  /** Forgets all references: the kernel sends no FORGET at the end. */
  private void forgetAll() {
    try {
      fileSystem.forgetAll();
    } catch (ErrnoException | IOException failed) {
      LOG.warn("unlinked files could not be purged, the next mount does it", failed);
    }
  }

  @Override
  protected int umount(int flags) {
    return FuseLibc.umount2(mountPoint().toString(), flags) == 0 ? 0 : Native.getLastError();
  }
}
