// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.posix;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Files and directories without a name: never had one, or lost it. */
final class UnnamedFilesTest {
  @RegisterExtension static final MountedFixture FS = new MountedFixture();

  @Test
  void aFileWithoutANameGetsOne() {
    FS.python(
        """
        if not DIRECT:
            fails(errno.EOPNOTSUPP, os.open, '.', os.O_TMPFILE | os.O_RDWR, 0o640)
            sys.exit()
        fd = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o640)
        os.write(fd, b'content')
        same((os.fstat(fd).st_nlink, os.listdir('.')), (0, []))
        linkfd(fd, 'named')
        same((os.fstat(fd).st_nlink, os.listdir('.'), get('named')), (1, ['named'], b'content'))
        same(stat.S_IMODE(os.stat('named').st_mode), 0o640)
        same(os.fstat(fd).st_ino, os.stat('named').st_ino)
        os.write(fd, b' and more')
        same(get('named'), b'content and more')
        linkfd(fd, 'again')
        same(os.stat('again').st_nlink, 2)
        fails(errno.EEXIST, linkfd, fd, 'named')
        os.close(fd)
        same(get('again'), b'content and more')
        # One whose last name is gone does not come back.
        fd = os.open('named', os.O_RDWR)
        os.unlink('named')
        os.unlink('again')
        fails(errno.ENOENT, linkfd, fd, 'third')
        same((os.pread(fd, 7, 0), os.fstat(fd).st_nlink), (b'content', 0))
        """);
  }

  @Test
  void oneThatIsExclusiveStaysWithoutAName() {
    FS.python(
        """
        if not DIRECT:
            fails(errno.EOPNOTSUPP, os.open, '.', os.O_TMPFILE | os.O_RDWR | os.O_EXCL, 0o600)
            sys.exit()
        fd = os.open('.', os.O_TMPFILE | os.O_RDWR | os.O_EXCL, 0o600)
        fails(errno.ENOENT, linkfd, fd, 'named')
        same(os.listdir('.'), [])
        fails(errno.EINVAL, os.open, '.', os.O_TMPFILE | os.O_RDONLY, 0o600)
        """);
  }

  @Test
  void itsSpaceIsFreeOnceItIsClosed() {
    FS.python(
        """
        if not DIRECT:
            fails(errno.EOPNOTSUPP, os.open, '.', os.O_TMPFILE | os.O_RDWR, 0o600)
            sys.exit()
        def free():
            d = os.open('.', os.O_RDONLY)
            os.fsync(d)
            os.close(d)
            return os.statvfs('.').f_bfree * os.statvfs('.').f_frsize
        before = free()
        fd = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600)
        for i in range(32):
            os.write(fd, os.urandom(1 << 20))
        os.fsync(fd)
        assert before - free() >= 32 << 20, (before, free())
        os.close(fd)
        limit = time.monotonic() + 20
        while before - free() > 2 << 20:
            assert time.monotonic() < limit, (before, free())
            time.sleep(0.1)
        """);
  }

  @Test
  void everyCallByDescriptorWorksOnAFileWithoutAName() {
    FS.python(
        """
        os.mkdir('d')
        fd = os.open('d/f', os.O_RDWR | os.O_CREAT)
        os.write(fd, b'0123456789')
        os.unlink('d/f')
        def all_calls():
            os.fchmod(fd, 0o640)
            os.fchown(fd, 5, 6)
            os.utime(fd, ns=(10**18, 10**18 + 7))
            os.ftruncate(fd, 4)
            os.setxattr(fd, 'user.a', b'1')
            s = os.fstat(fd)
            same((stat.S_IMODE(s.st_mode), s.st_uid, s.st_gid, s.st_size, s.st_nlink), (0o640, 5, 6, 4, 0))
            same(os.getxattr(fd, 'user.a'), b'1')
            same(os.listxattr(fd), ['user.a'])
            os.utime(fd, ns=(10**18, 10**18 + 7))
            same(os.fstat(fd).st_mtime_ns, 10**18 + 7)
            os.posix_fallocate(fd, 0, 8192)
            same(os.fstat(fd).st_size, 8192)
            same(os.pread(fd, 5, 0), b'0123\\0')
            os.removexattr(fd, 'user.a')
            os.fsync(fd)
            again = os.open('/proc/self/fd/%d' % fd, os.O_RDONLY)
            same(os.read(again, 2), b'01')
            os.close(again)
        all_calls()
        os.ftruncate(fd, 0)
        os.pwrite(fd, b'0123456789', 0)
        os.rmdir('d')
        if DIRECT:
            all_calls()
        else:
            fails(errno.ESTALE, os.stat, fd)
            same(os.pread(fd, 2, 0), b'01')
        """);
  }

  @Test
  void aRemovedDirectoryIsStillThereForWhoIsInIt() {
    FS.python(
        """
        os.mkdir('d')
        here = os.getcwd()
        os.chdir('d')
        fd = os.open('.', os.O_RDONLY)
        inode = os.stat('.').st_ino
        os.rmdir(here + '/d')
        fails(errno.ENOENT, os.getcwd)
        fails(errno.ENOENT, put, 'new', b'')
        fails(errno.ENOENT, os.mkdir, 'new')
        fails(errno.ENOENT, os.stat, 'none')
        if DIRECT:
            same((os.stat('.').st_ino, os.stat('.').st_nlink), (inode, 0))
            same((os.fstat(fd).st_ino, os.listdir(fd)), (inode, []))
            done = subprocess.run(['ls', '-a', '.'], capture_output=True, text=True)
            same((done.returncode, done.stderr), (0, ''))
            assert stat.S_ISDIR(os.stat('..').st_mode)
            os.fchmod(fd, 0o700)
            same(stat.S_IMODE(os.stat('.').st_mode), 0o700)
        else:
            fails(errno.ESTALE, os.stat, '.')
        os.chdir(here)
        """);
  }
}
