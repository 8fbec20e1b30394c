// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.posix;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Content of files. */
final class FilesTest {
  @RegisterExtension static final MountedFixture FS = new MountedFixture();

  @Test
  void whatIsWrittenIsRead() {
    assertThat(FS.bash("echo one > f; echo two >> f; cat f; wc -c < f")).isEqualTo("one\ntwo\n8");
  }

  @Test
  void largeTransfersKeepEveryByte() {
    FS.python(
        """
        data = os.urandom(5 * 1024 * 1024 + 4321)
        put('f', data)
        fd = os.open('f', os.O_RDWR)
        forget(fd)
        same(hashlib.sha256(os.pread(fd, len(data) + 10, 0)).digest(), hashlib.sha256(data).digest())
        for offset, length in ((1, 1), (4095, 2), (131071, 131074), (1000000, 2222222)):
            forget(fd)
            same(os.pread(fd, length, offset), data[offset:offset + length])
        patch = os.urandom(1500000)
        os.pwrite(fd, patch, 777777)
        data = data[:777777] + patch + data[777777 + len(patch):]
        forget(fd)
        same(get('f'), data)
        same(os.pread(fd, 10, len(data)), b'')
        """);
  }

  @Test
  void appendersDoNotOverwriteEachOther() {
    FS.python(
        """
        def append(who):
            fd = os.open('f', os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            for i in range(200):
                line = b'%d-%03d-' % (who, i) + b'x' * 30 + b'\\n'
                same(os.write(fd, line), len(line))
        wait(*[child(lambda who=who: append(who)) for who in range(4)])
        lines = get('f').split(b'\\n')
        same(lines.pop(), b'')
        same(len(lines), 800)
        same(set(lines), {b'%d-%03d-' % (w, i) + b'x' * 30 for w in range(4) for i in range(200)})
        for who in range(4):
            mine = [line for line in lines if line.startswith(b'%d-' % who)]
            same(mine, sorted(mine))
        """);
  }

  @Test
  void aWriteEndsAtTheGreatestLength() {
    FS.python(
        """
        most = (1 << 62) - 1
        fd = os.open('f', os.O_RDWR | os.O_CREAT)
        same(os.pwrite(fd, b'x' * 9000, most - 100), 100)
        same(os.fstat(fd).st_size, most)
        forget(fd)
        same(os.pread(fd, 200, most - 101), bytes(1) + b'x' * 100)
        fails(errno.EFBIG, os.pwrite, fd, b'x', most)
        fails(errno.EFBIG, os.pwrite, fd, b'x' * 5000, (1 << 63) - 6000)
        end = os.open('f', os.O_WRONLY | os.O_APPEND)
        fails(errno.EFBIG, os.write, end, b'x')
        os.ftruncate(fd, most - 3)
        same(os.write(end, b'abcdef'), 3)
        same(os.fstat(fd).st_size, most)
        """);
  }

  @Test
  void appendingCanBeSwitchedWhileAFileIsOpen() {
    FS.python(
        """
        import fcntl
        put('f', b'0123456789')
        fd = os.open('f', os.O_RDWR | os.O_APPEND)
        same(os.write(fd, b'end'), 3)
        fcntl.fcntl(fd, fcntl.F_SETFL, 0)
        same(os.pwrite(fd, b'AB', 2), 2)
        same(get('f'), b'01AB456789end')
        if hasattr(os, 'copy_file_range'):
            put('g', b'copy')
            source = os.open('g', os.O_RDONLY)
            same(os.copy_file_range(source, fd, 4, 0, 4), 4)
            same(get('f'), b'01ABcopy89end')
            os.pwrite(fd, b'4567', 4)
        fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND)
        os.lseek(fd, 0, os.SEEK_SET)
        same(os.write(fd, b'more'), 4)
        same(get('f'), b'01AB456789endmore')
        plain = os.open('f', os.O_WRONLY)
        same(os.pwrite(plain, b'Z', 0), 1)
        fcntl.fcntl(plain, fcntl.F_SETFL, os.O_APPEND)
        os.lseek(plain, 0, os.SEEK_SET)
        same(os.write(plain, b'.'), 1)
        forget(fd)
        same(get('f'), b'Z1AB456789endmore.')
        """);
  }

  /** The kernel sends the parts of such a write at the same time. */
  @Test
  void appendingPastTheCacheKeepsTheOrder() {
    FS.python(
        """
        import mmap
        buffer = mmap.mmap(-1, 6 << 20)
        expected = b''
        fd = os.open('f', os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_DIRECT, 0o644)
        for turn in range(3):
            data = b''.join(bytes([(7 * turn + part) % 256]) * 65536 for part in range(96))
            buffer[:] = data
            same(os.write(fd, buffer), len(data))
            expected += data
        forget(fd)
        same(get('f') == expected, True)
        """);
  }

  @Test
  void writersAtDifferentPlacesDoNotDisturbEachOther() {
    FS.python(
        """
        put('f', b'')
        def fill(who):
            fd = os.open('f', os.O_WRONLY)
            for i in range(100):
                os.pwrite(fd, bytes([who + 1]) * 1000, (i * 4 + who) * 1000)
        wait(*[child(lambda who=who: fill(who)) for who in range(4)])
        data = get('f')
        same(len(data), 400000)
        for piece in range(400):
            same(data[piece * 1000:piece * 1000 + 1000], bytes([piece % 4 + 1]) * 1000)
        """);
  }

  @Test
  void filesMayBeSparse() {
    FS.python(
        """
        fd = os.open('f', os.O_RDWR | os.O_CREAT)
        os.pwrite(fd, b'head', 0)
        os.pwrite(fd, b'tail', 10 << 30)
        same(os.fstat(fd).st_size, (10 << 30) + 4)
        forget(fd)
        same(os.pread(fd, 8, 0), b'head' + bytes(4))
        same(os.pread(fd, 4096, 5 << 30), bytes(4096))
        same(os.pread(fd, 100, (10 << 30) - 4), bytes(4) + b'tail')
        assert os.fstat(fd).st_blocks * 512 < 1 << 20, os.fstat(fd).st_blocks
        """);
  }

  @Test
  void seekingDataNeverSkipsAny() {
    FS.python(
        """
        fd = os.open('f', os.O_RDWR | os.O_CREAT)
        size = 3 << 20
        os.pwrite(fd, b'x', 1 << 20)
        os.ftruncate(fd, size)
        data = os.lseek(fd, 0, os.SEEK_DATA)
        assert 0 <= data <= 1 << 20, data
        hole = os.lseek(fd, 1 << 20, os.SEEK_HOLE)
        assert 1 << 20 < hole <= size, hole
        fails(errno.ENXIO, os.lseek, fd, size, os.SEEK_DATA)
        fails(errno.ENXIO, os.lseek, fd, size + 1, os.SEEK_HOLE)
        """);
  }

  @Test
  void lengthsChange() {
    FS.python(
        """
        put('f', b'0123456789' * 1000)
        fd = os.open('f', os.O_RDWR)
        os.ftruncate(fd, 15)
        same(get('f'), b'012345678901234')
        os.truncate('f', 20)
        same(os.pread(fd, 100, 0), b'012345678901234' + bytes(5))
        os.ftruncate(fd, 4096 * 3 + 1)
        same(os.fstat(fd).st_size, 4096 * 3 + 1)
        same(os.pread(fd, 100, 4096 * 3), b'\\0')
        os.close(os.open('f', os.O_WRONLY | os.O_TRUNC))
        same(os.fstat(fd).st_size, 0)
        same(os.pread(fd, 100, 0), b'')
        fails(errno.EINVAL, os.ftruncate, fd, -1)
        fails(errno.EISDIR, os.truncate, '.', 1)
        """);
  }

  @Test
  void spaceIsAllocatedAndPunched() {
    assertThat(
            FS.bash(
                """
                fallocate -l 100000 f; stat -c %s f
                fallocate -n -o 200000 -l 1000 f; stat -c %s f
                head -c 100000 /dev/urandom > g; cp g h
                fallocate -p -o 5000 -l 20000 h; stat -c %s h
                cmp <(head -c 5000 g; head -c 20000 /dev/zero; tail -c +25001 g) h
                cp g i; fallocate -z -o 99000 -l 5000 i; stat -c %s i
                cmp <(head -c 99000 g; head -c 5000 /dev/zero) i
                ! fallocate -c -o 0 -l 4096 g 2>err; grep -c 'not supported' err
                """))
        .isEqualTo("100000\n100000\n100000\n104000\n1");
  }

  @Test
  void aFileWithoutANameLivesWhileItIsOpen() {
    FS.python(
        """
        os.mkdir('d')
        put('d/f', b'before')
        fd = os.open('d/f', os.O_RDWR)
        other = os.open('d/f', os.O_RDONLY)
        inode = os.fstat(fd).st_ino
        os.unlink('d/f')
        same(os.listdir('d'), [])
        fails(errno.ENOENT, os.stat, 'd/f')
        same((os.fstat(fd).st_nlink, os.fstat(fd).st_ino, os.fstat(fd).st_size), (0, inode, 6))
        os.pwrite(fd, b'after!!', 3)
        same(os.pread(other, 100, 0), b'befafter!!')
        os.ftruncate(fd, 5)
        same(os.fstat(other).st_size, 5)
        os.fchmod(fd, 0o600)
        same(stat.S_IMODE(os.fstat(fd).st_mode), 0o600)
        os.fchown(fd, 12, 34)
        same((os.fstat(fd).st_uid, os.fstat(fd).st_gid), (12, 34))
        os.utime(fd, ns=(1, 2))
        same((os.fstat(fd).st_atime_ns, os.fstat(fd).st_mtime_ns), (1, 2))
        os.setxattr(fd, 'user.x', b'v')
        same((os.getxattr(fd, 'user.x'), os.listxattr(fd)), (b'v', ['user.x']))
        os.fsync(fd)
        again = os.open('/proc/self/fd/%d' % fd, os.O_RDWR)
        same(os.pread(again, 100, 0), b'befaf')
        put('d/f', b'new')
        same((os.pread(fd, 100, 0), get('d/f')), (b'befaf', b'new'))
        os.unlink('d/f')
        os.close(fd)
        same(os.pread(other, 100, 0), b'befaf')
        same(os.fstat(other).st_nlink, 0)
        os.close(other)
        same(os.pwrite(again, b'still', 0), 5)
        same(os.fstat(again).st_nlink, 0)
        os.close(again)
        os.rmdir('d')
        """);
  }

  @Test
  void aDirectoryGoesAlthoughAFileOfItIsOpen() {
    FS.python(
        """
        os.mkdir('d')
        put('d/f', b'data')
        fd = os.open('d/f', os.O_RDWR)
        os.unlink('d/f')
        os.rmdir('d')
        same(os.pread(fd, 10, 0), b'data')
        same(os.pwrite(fd, b'more', 4), 4)
        same(os.pread(fd, 10, 0), b'datamore')
        os.fsync(fd)
        os.close(fd)
        """);
  }

  @Test
  void aNameIsReplacedWhileItsFileIsOpen() {
    FS.python(
        """
        put('old', b'old')
        put('new', b'new')
        old = os.open('old', os.O_RDWR)
        new = os.open('new', os.O_RDWR)
        os.rename('new', 'old')
        same(os.listdir('.'), ['old'])
        same(get('old'), b'new')
        same((os.pread(old, 9, 0), os.pread(new, 9, 0)), (b'old', b'new'))
        same((os.fstat(old).st_nlink, os.fstat(new).st_nlink), (0, 1))
        os.write(old, b'OLD+')
        os.write(new, b'NEW+')
        same((os.pread(old, 9, 0), get('old')), (b'OLD+', b'NEW+'))
        os.close(old)
        same(get('old'), b'NEW+')
        os.fsync(new)
        """);
  }

  @Test
  void theOtherNamesOfAnOpenFileStay() {
    FS.python(
        """
        put('a', b'data')
        os.link('a', 'b')
        fd = os.open('a', os.O_RDWR)
        os.unlink('a')
        same((os.fstat(fd).st_nlink, os.stat('b').st_nlink), (1, 1))
        os.write(fd, b'DATA')
        same(get('b'), b'DATA')
        os.fchmod(fd, 0o640)
        same(stat.S_IMODE(os.stat('b').st_mode), 0o640)
        os.close(fd)
        same((os.stat('b').st_nlink, get('b'), os.listdir('.')), (1, b'DATA', ['b']))
        """);
  }

  @Test
  void nobodySeesTheNamesThatTheLibraryInvents() {
    FS.python(
        """
        put('f', b'data')
        fd = os.open('f', os.O_RDWR)
        os.unlink('f')
        same(os.listdir('.'), [])
        for name in ('.fuse_hidden0000000200000001', '.fuse_hidden00000003'):
            put(name, b'mine')
            one = os.open(name, os.O_RDONLY)
            put('over', b'over')
            os.rename('over', name)
            same((os.pread(one, 9, 0), get(name)), (b'mine', b'over'))
            os.rename(name, 'g')
            os.rename('g', name)
            os.unlink(name)
            os.close(one)
        same((os.listdir('.'), os.pread(fd, 9, 0)), ([], b'data'))
        """);
  }

  @Test
  void openKnowsItsFlags() {
    FS.python(
        """
        put('f', b'x')
        os.mkdir('d')
        os.symlink('f', 'l')
        fails(errno.EEXIST, os.open, 'f', os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        fails(errno.ENOENT, os.open, 'no', os.O_RDONLY)
        fails(errno.ENOTDIR, os.open, 'f', os.O_RDONLY | os.O_DIRECTORY)
        fails(errno.ELOOP, os.open, 'l', os.O_RDONLY | os.O_NOFOLLOW)
        fails(errno.EISDIR, os.open, 'd', os.O_WRONLY)
        fails(errno.EBADF, os.write, os.open('f', os.O_RDONLY), b'x')
        fails(errno.EBADF, os.read, os.open('f', os.O_WRONLY), 1)
        fd = os.open('f', os.O_RDWR | os.O_SYNC)
        os.write(fd, b'synced')
        fd = os.open('f', os.O_RDWR | os.O_DSYNC | os.O_APPEND)
        os.write(fd, b'+')
        os.fdatasync(fd)
        same(get('f'), b'synced+')
        os.fsync(os.open('.', os.O_RDONLY | os.O_DIRECTORY))
        os.sync()
        """);
  }

  @Test
  void programsRunAndCopyFromHere() {
    assertThat(
            FS.bash(
                """
                cp /bin/cat mycat; echo text > f; ./mycat f
                printf '#!/bin/sh\\necho script $1\\n' > s; chmod +x s; ./s ran
                cp --reflink=auto --sparse=always mycat c2; cmp mycat c2
                python3 -c "
                import os
                i = os.open('mycat', os.O_RDONLY); o = os.open('c3', os.O_WRONLY | os.O_CREAT)
                left = os.fstat(i).st_size
                while left: left -= os.copy_file_range(i, o, left)
                i = os.open('mycat', os.O_RDONLY); o = os.open('c4', os.O_WRONLY | os.O_CREAT)
                left = os.fstat(i).st_size
                while left: left -= os.sendfile(o, i, None, left)
                " | sed 's/^ *//'
                cmp mycat c3; cmp mycat c4
                tar cf t.tar f s; mkdir x; tar xf t.tar -C x; cat x/f
                """
                    .replace("\n                ", "\n")))
        .isEqualTo("text\nscript ran\ntext");
  }
}
