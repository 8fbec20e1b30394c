package zonefsj.tests.posix;

import java.io.IOException;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseTransport;
import zonefsj.fs.fuse.jnr.JnrFuseTransport;
import zonefsj.tests.model.ReferenceFileSystem;

/**
 * The filesystem that the tests mount. {@link #create} and {@link #transport} are the only places
 * that say which, and over what.
 *
 * @param fileSystem what is mounted
 * @param closer closes it after the mount has ended
 */
public record PosixSubject(ZoneFileSystem fileSystem, Closer closer) implements AutoCloseable {
  /** Closes a filesystem. */
  @FunctionalInterface
  public interface Closer {
    /** Closes it. */
    void close() throws IOException;
  }

  /** A new, empty filesystem. */
  public static PosixSubject create() {
    ReferenceFileSystem reference = new ReferenceFileSystem();
    return new PosixSubject(reference, reference::remount);
  }

  /** What carries it to the kernel. */
  public static FuseTransport transport() {
    return new JnrFuseTransport();
  }

  @Override
  public void close() throws IOException {
    closer.close();
  }
}
