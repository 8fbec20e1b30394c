// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import jnr.ffi.LibraryLoader;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseAdapter;
import zonefsj.fs.fuse.FuseMount;
import zonefsj.fs.fuse.FuseMountException;
import zonefsj.fs.fuse.FuseMountOptions;
import zonefsj.fs.fuse.FuseTransport;
import zonefsj.fs.fuse.MountPointCheck;
import zonefsj.fs.fuse.PathResolver;

/** Mounts over libfuse 2.9. */
public final class JnrFuseTransport implements FuseTransport {
  static final String NAME = "jnr-fuse";

  private static volatile @Nullable Libraries loaded;

  /** The native functions. */
  private static final class Libraries {
    private final LibFuse2 fuse;
    private final FuseNew fuseNew;
    private final JnrLibc libc;

    /**
     * @throws UnsatisfiedLinkError if one is missing
     */
    private Libraries() {
      fuse = LibraryLoader.create(LibFuse2.class).failImmediately().load("libfuse.so.2");
      fuseNew = new FuseNew();
      libc = LibraryLoader.create(JnrLibc.class).failImmediately().load("c");
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public FuseMount mount(ZoneFileSystem fileSystem, FuseMountOptions options)
      throws FuseMountException {
    if (options.transportOptions().writeback()) {
      throw new FuseMountException("writeback needs transport=direct: libfuse 2 has no such thing");
    }
    Libraries libraries = libraries();
    LibFuse2 fuse = libraries.fuse;
    JnrLibc libc = libraries.libc;
    Path mountPoint = MountPointCheck.check(options);

    HiddenNodes hidden = new HiddenNodes();
    FuseAdapter adapter = new FuseAdapter(fileSystem, false);
    PathResolver resolver = new PathResolver(fileSystem);
    KeepCachePolicy keepCache = new KeepCachePolicy();
    AtomicLong channelOfNotices = new AtomicLong();
    NodeCallbacks nodes =
        new NodeCallbacks(
            adapter,
            resolver,
            hidden,
            keepCache,
            node -> fuse.fuse_lowlevel_notify_inval_inode(channelOfNotices.get(), node, -1, 0));
    FileCallbacks files = new FileCallbacks(adapter, resolver, nodes, keepCache);
    OperationsTable operations = new OperationsTable(nodes, files, connection -> 0);

    FuseArguments arguments = new FuseArguments(FuseArguments.of(options, libc.geteuid() == 0));
    long mountPointString =
        NativeMemory.newString(mountPoint.toString().getBytes(StandardCharsets.UTF_8));
    boolean mounted = false;
    try {
      long channel = fuse.fuse_mount(mountPointString, arguments.address());
      if (channel == 0) {
        throw new FuseMountException(
            "the kernel refused to mount "
                + options.source()
                + " at "
                + mountPoint
                + " (the reason is on the line before); as a user other than root, fusermount and"
                + " user_allow_other in /etc/fuse.conf are needed");
      }
      channelOfNotices.set(channel);
      long handle =
          libraries.fuseNew.call(
              channel, arguments.address(), operations.address(), operations.sizeBytes(), 0);
      if (handle == 0) {
        fuse.fuse_unmount(mountPointString, channel);
        throw new FuseMountException("libfuse refused the options of " + mountPoint);
      }
      JnrFuseMount mount =
          new JnrFuseMount(
              fuse, libc, mountPoint, channel, handle, operations, hidden, keepCache, fileSystem);
      mounted = true;
      mount.start(options.threadCount());
      return mount;
    } finally {
      fuse.fuse_opt_free_args(arguments.address());
      arguments.free();
      NativeMemory.free(mountPointString);
      if (!mounted) {
        operations.free();
      }
    }
  }

  private static Libraries libraries() throws FuseMountException {
    Libraries current = loaded;
    if (current == null) {
      try {
        current = new Libraries();
      } catch (UnsatisfiedLinkError e) {
        throw new FuseMountException(
            "libfuse.so.2 cannot be loaded: install libfuse 2.9 (Debian: apt install libfuse2): "
                + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
            e);
      }
      loaded = current; // loaded twice at worst, which is harmless
    }
    return current;
  }
}
