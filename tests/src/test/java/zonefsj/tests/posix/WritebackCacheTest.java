// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.posix;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import zonefsj.fs.TransportOptions;
import zonefsj.fs.fuse.FuseMountOptions;

/** With {@code writeback}, on the transport that has it: what the kernel still holds counts. */
final class WritebackCacheTest {
  @RegisterExtension
  static final MountedFixture FS = new MountedFixture(WritebackCacheTest::withWriteback);

  private static FuseMountOptions withWriteback(FuseMountOptions options) {
    return options.withTransportOptions(
        new TransportOptions(null, PosixSubject.isDirect(), false, false, List.of()));
  }

  @Test
  void dataThatTheKernelHoldsIsNoHole() {
    FS.python(
        """
        fd = os.open('f', os.O_RDWR | os.O_CREAT)
        os.ftruncate(fd, 1 << 20)
        os.fsync(fd)
        os.pwrite(fd, b'x' * 4096, 1 << 19)
        assert os.lseek(fd, 0, os.SEEK_DATA) <= 1 << 19
        assert os.lseek(fd, 1 << 19, os.SEEK_HOLE) >= (1 << 19) + 4096
        fails(errno.ENXIO, os.lseek, fd, 1 << 20, os.SEEK_DATA)
        subprocess.run(['cp', '--sparse=auto', 'f', 'g'], check=True)
        subprocess.run(['cmp', 'f', 'g'], check=True)
        """);
  }

  @Test
  void theKernelAppends() {
    FS.python(
        """
        import fcntl
        put('f', b'0123456789')
        fd = os.open('f', os.O_RDWR | os.O_APPEND)
        os.write(fd, b'end')
        fcntl.fcntl(fd, fcntl.F_SETFL, 0)
        os.pwrite(fd, b'AB', 2)
        forget(fd)
        same(get('f'), b'01AB456789end')
        # The kernel keeps the first write while the second bypasses its cache.
        fd = os.open('g', os.O_RDWR | os.O_CREAT | os.O_APPEND)
        os.write(fd, b'k' * 8192)
        fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND | os.O_DIRECT)
        page = mmap.mmap(-1, 4096)
        page.write(b'd' * 4096)
        same(os.writev(fd, [page]), 4096)
        fcntl.fcntl(fd, fcntl.F_SETFL, 0)
        forget(fd)
        same(get('g'), b'k' * 8192 + b'd' * 4096)
        """);
  }
}
