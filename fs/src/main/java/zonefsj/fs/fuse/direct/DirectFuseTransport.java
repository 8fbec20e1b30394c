package zonefsj.fs.fuse.direct;

import java.nio.file.Path;
import java.time.Duration;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseAdapter;
import zonefsj.fs.fuse.FuseMount;
import zonefsj.fs.fuse.FuseMountException;
import zonefsj.fs.fuse.FuseMountOptions;
import zonefsj.fs.fuse.FuseTransport;
import zonefsj.fs.fuse.MountPointCheck;

/** Mounts by speaking the protocol of /dev/fuse. */
public final class DirectFuseTransport implements FuseTransport {
  static final String NAME = "direct";

  private static final Duration START_TIMEOUT = Duration.ofSeconds(20);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public FuseMount mount(ZoneFileSystem fileSystem, FuseMountOptions options)
      throws FuseMountException {
    Path mountPoint = MountPointCheck.check(options);
    FuseDevice device =
        LibC.geteuid() == 0 && !options.autoUnmount()
            ? KernelMount.mount(mountPoint, options)
            : FusermountMount.mount(mountPoint, options);
    RequestHandler handler =
        new RequestHandler(
            new FuseAdapter(fileSystem, true), options.writeback(), new DeviceNotices(device));
    DirectFuseMount mount = new DirectFuseMount(mountPoint, device, handler, fileSystem);
    mount.start(options.threadCount());
    awaitReady(mount, handler);
    return mount;
  }

  private static void awaitReady(DirectFuseMount mount, RequestHandler handler)
      throws FuseMountException {
    boolean live = false;
    try {
      live = mount.awaitReady(START_TIMEOUT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!live) {
      mount.close();
      throw new FuseMountException(
          handler.isRefused()
              ? "the kernel's FUSE protocol is older than 7.31: mount with -o transport=jnr-fuse"
              : mount.mountPoint() + " did not come to life: the kernel sent no first request");
    }
  }
}
