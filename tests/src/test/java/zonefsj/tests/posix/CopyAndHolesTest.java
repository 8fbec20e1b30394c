// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.posix;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Holes that programs ask for, and copies that the filesystem makes. */
final class CopyAndHolesTest {
  @RegisterExtension static final MountedFixture FS = new MountedFixture();

  @Test
  void holesAndDataAreFound() {
    FS.python(
        """
        fd = os.open('f', os.O_RDWR | os.O_CREAT)
        os.pwrite(fd, b'x' * 8192, 1 << 20)
        os.pwrite(fd, b'y' * 100, 4 << 20)
        os.ftruncate(fd, 5 << 20)
        os.fsync(fd)
        def map_of(fd):
            found, at, end = [], 0, os.fstat(fd).st_size
            while at < end:
                try:
                    data = os.lseek(fd, at, os.SEEK_DATA)
                except OSError as e:
                    same(e.errno, errno.ENXIO)
                    break
                at = os.lseek(fd, data, os.SEEK_HOLE)
                found.append((data, at))
            return found
        if not DIRECT:
            same(map_of(fd), [(0, 5 << 20)])
            sys.exit()
        found = map_of(fd)
        same(len(found), 2)
        assert (1 << 20) - 4096 < found[0][0] <= 1 << 20, found
        assert (1 << 20) + 8192 <= found[0][1] < (1 << 20) + 12288, found
        assert (4 << 20) - 4096 < found[1][0] <= 4 << 20, found
        assert (4 << 20) + 100 <= found[1][1] <= (4 << 20) + 4096, found
        fails(errno.ENXIO, os.lseek, fd, 5 << 20, os.SEEK_DATA)
        fails(errno.ENXIO, os.lseek, fd, 5 << 20, os.SEEK_HOLE)
        fails(errno.ENXIO, os.lseek, fd, (4 << 20) + 8192, os.SEEK_DATA)
        same(os.lseek(fd, (5 << 20) - 1, os.SEEK_HOLE), (5 << 20) - 1)
        # Data that is only mapped so far is data.
        os.ftruncate(fd, 0)
        os.ftruncate(fd, 1 << 20)
        m = mmap.mmap(fd, 1 << 20)
        m[500000] = 1
        m.flush()
        assert os.lseek(fd, 0, os.SEEK_DATA) <= 500000
        """);
  }

  @Test
  void aCopyHasEveryByte() {
    FS.python(
        """
        data = os.urandom(3 * (1 << 20) + 777)
        put('a', data)
        def copied(source, target, length, offset_in, offset_out):
            done = 0
            while done < length:
                n = os.copy_file_range(source, target, length - done, offset_in + done, offset_out + done)
                if n == 0:
                    break
                done += n
            return done
        a = os.open('a', os.O_RDWR)
        b = os.open('b', os.O_RDWR | os.O_CREAT)
        same(copied(a, b, 1 << 40, 0, 0), len(data))
        same(get('b'), data)
        # Ranges, behind the end and into the middle.
        want = bytearray(data)
        for offset_in, offset_out, length in ((1, 0, 5), (4095, 1 << 20, 123457), (0, 3 << 20, 2 << 20)):
            same(copied(a, b, length, offset_in, offset_out), length)
            if len(want) < offset_out:
                want += bytes(offset_out - len(want))
            want[offset_out:offset_out + length] = data[offset_in:offset_in + length]
            same(get('b'), bytes(want))
        forget(b)
        same(hashlib.sha256(get('b')).digest(), hashlib.sha256(want).digest())
        # Within one file.
        same(copied(a, a, 1 << 20, 0, 2 << 20), 1 << 20)
        want = bytearray(data)
        want[2 << 20:3 << 20] = data[:1 << 20]
        same(get('a'), bytes(want))
        fails(errno.EINVAL, os.copy_file_range, a, a, 5000, 0, 4000)
        same(os.copy_file_range(a, b, 100, 1 << 30, 0), 0)
        reader, writer = os.open('a', os.O_RDONLY), os.open('b', os.O_WRONLY | os.O_APPEND)
        fails(errno.EBADF, os.copy_file_range, a, reader, 1, 0, 0)
        fails(errno.EBADF, os.copy_file_range, a, writer, 1, 0, 0)
        # What is only in the page cache of the source counts.
        m = mmap.mmap(a, 4096)
        m[0:6] = b'mapped'
        same(copied(a, b, 6, 0, 0), 6)
        same(get('b')[:6], b'mapped')
        """);
  }

  @Test
  void aPageThatIsMappedSeesTheCopy() {
    FS.python(
        """
        put('a', b'A' * 8192)
        put('b', b'B' * 8192)
        a, b = os.open('a', os.O_RDWR), os.open('b', os.O_RDWR)
        m = mmap.mmap(b, 8192)
        same(m[0:1], b'B')
        m[8191] = 67
        same(os.copy_file_range(a, b, 4096, 0, 0), 4096)
        same((m[0:1], m[4095:4097], m[8191:]), (b'A', b'AB', b'C'))
        same(os.stat('b').st_size, 8192)
        same(os.copy_file_range(a, b, 100, 0, 8192), 100)
        same((os.stat('b').st_size, get('b')[8192:]), (8292, b'A' * 100))
        """);
  }

  @Test
  void aSparseFileStaysSparse() {
    FS.python(
        """
        a = os.open('a', os.O_RDWR | os.O_CREAT)
        os.pwrite(a, b'head', 0)
        os.pwrite(a, b'tail', (64 << 20) - 4)
        os.fsync(a)
        b = os.open('b', os.O_RDWR | os.O_CREAT)
        done = 0
        while done < 64 << 20:
            n = os.copy_file_range(a, b, (64 << 20) - done)
            assert n > 0, done
            done += n
        os.fsync(b)
        same(os.fstat(b).st_size, 64 << 20)
        same((os.pread(b, 4, 0), os.pread(b, 5, (64 << 20) - 4)), (b'head', b'tail'))
        if DIRECT:
            assert os.fstat(b).st_blocks * 512 <= 64 << 10, os.fstat(b).st_blocks
            subprocess.run(['cp', '--sparse=auto', 'a', 'c'], check=True)
            assert os.stat('c').st_blocks * 512 <= 64 << 10, os.stat('c').st_blocks
        subprocess.run(['cmp', 'a', 'b'], check=True)
        """);
  }
}
