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

  /** tar takes a file that has bytes but no blocks for one hole, and does not read it. */
  private static final String ARCHIVED =
      """
      def archived(name, expected):
          assert os.stat(name).st_blocks > 0, os.stat(name)
          subprocess.run(['tar', '-S', '-cf', 'a.tar', name], check=True)
          same(subprocess.run(['tar', '-xOf', 'a.tar'], capture_output=True).stdout, expected)
      """;

  private static FuseMountOptions withWriteback(FuseMountOptions options) {
    return options.withTransportOptions(
        new TransportOptions(null, PosixSubject.isDirect(), false, false, List.of()));
  }

  /** With set-ID bits the kernel writes through, and says in the write that they go. */
  @Test
  void aWriteByAMemberOfTheGroupClearsTheSetIdBits() {
    FS.python(
        """
        put('f', b'12345678')
        os.chown('f', 1001, 1000)
        os.chmod('f', 0o6775)
        def write():
            fd = os.open('f', os.O_WRONLY)
            os.pwrite(fd, b'x', 0)
            same(oct(stat.S_IMODE(os.fstat(fd).st_mode)), oct(0o775))
            os.close(fd)
        as_user(1000, write)
        same(oct(stat.S_IMODE(os.stat('f').st_mode)), oct(0o775))
        """);
  }

  /** The kernel keeps the times of such files, and sends them; backup programs compare them. */
  @Test
  void timesStayWhenTheKernelForgetsAFile() {
    FS.python(
        """
        if not DIRECT:
            sys.exit()
        def changed(name, change):
            put(name, name.encode())
            change(name)
            return name
        changes = {
            'w': lambda n: None,
            'x': lambda n: os.setxattr(n, 'user.a', b'1'),
            'l': lambda n: os.link(n, n + '2'),
            'r': lambda n: (os.rename(n, n + '3'), os.rename(n + '3', n)),
            'm': lambda n: os.chmod(n, 0o600),
            'o': lambda n: os.chown(n, 5, 6),
            't': lambda n: os.truncate(n, 0),
            'u': lambda n: (os.link(n, n + '4'), os.unlink(n + '4')),
            'd': lambda n: os.utime(n, ns=(10 ** 18 + 1, 10 ** 18 + 2)),
        }
        def times():
            return {n: (os.stat(n).st_mtime_ns, os.stat(n).st_ctime_ns, os.stat(n).st_ino) for n in changes}
        for name, change in changes.items():
            changed(name, change)
        before = times()
        same(before['d'][0], 10 ** 18 + 2)
        for _ in range(3):
            with open('/proc/sys/vm/drop_caches', 'w') as f:
                f.write('2')
        same(times(), before)
        """);
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
  void aFileWhoseDataTheKernelHoldsHasBlocks() {
    FS.python(
        ARCHIVED
            + """
        data = b'x' * (1 << 20)
        # A new file.
        fd = os.open('f', os.O_WRONLY | os.O_CREAT)
        os.write(fd, data)
        archived('f', data)
        os.close(fd)
        assert os.stat('f').st_blocks >= 2048, os.stat('f')
        # A file of which the kernel knew before the write that it has no blocks.
        put('g', b'')
        os.truncate('g', 1 << 20)
        same(os.stat('g').st_blocks, 0)
        fd = os.open('g', os.O_WRONLY)
        os.pwrite(fd, data, 0)
        archived('g', data)
        os.close(fd)
        assert os.stat('g').st_blocks >= 2048, os.stat('g')
        # Nothing is invented for files that nobody writes.
        put('e', b'')
        same(os.stat('e').st_blocks, 0)
        """);
  }

  /**
   * A mapping holds the file open, and tells nobody of its stores. Without the write-back cache
   * they count when the kernel has sent them.
   */
  @Test
  void aFileThatIsMappedHasBlocks() {
    FS.python(
        ARCHIVED
            + (PosixSubject.isDirect()
                ? "flush = lambda mapping: None\n"
                : "flush = lambda mapping: mapping.flush()\n")
            + """
        put('h', b'')
        os.truncate('h', 1 << 20)
        same(os.stat('h').st_blocks, 0)
        other = os.open('h', os.O_RDWR)
        m = mmap.mmap(other, 1 << 20)
        os.close(other)
        os.stat('h')
        m[:] = b'x' * (1 << 20)
        flush(m)
        archived('h', b'x' * (1 << 20))
        m.close()
        assert os.stat('h').st_blocks >= 2048, os.stat('h')
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
