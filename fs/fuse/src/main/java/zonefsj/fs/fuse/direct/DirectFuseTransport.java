// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import java.nio.file.Path;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseAdapter;
import zonefsj.fs.fuse.FuseMount;
import zonefsj.fs.fuse.FuseMountException;
import zonefsj.fs.fuse.FuseMountOptions;
import zonefsj.fs.fuse.FuseTransport;
import zonefsj.fs.fuse.MountPointCheck;

/** Mounts with the protocol of /dev/fuse. */
public final class DirectFuseTransport implements FuseTransport {
  static final String NAME = "direct";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public FuseMount mount(ZoneFileSystem fileSystem, FuseMountOptions options)
      throws FuseMountException {
    Path mountPoint = MountPointCheck.check(options);
    FuseDevice device =
        FuseLibc.geteuid() == 0 && !options.transportOptions().autoUnmount()
            ? KernelMount.mount(mountPoint, options)
            : FusermountMount.mount(mountPoint, options);
    RequestHandler handler =
        new RequestHandler(
            new FuseAdapter(fileSystem, true),
            options.transportOptions().writeback(),
            FuseLibc.geteuid() == 0,
            options.mostThreads(),
            new DeviceNotices(device));
    DirectFuseMount mount =
        new DirectFuseMount(mountPoint, device, handler, fileSystem, options.mostThreads());
    mount.start(options.threadCount());
    return mount;
  }
}
