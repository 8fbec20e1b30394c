// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.posix;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Modes, owners, times, extended attributes, space. */
final class AttributesTest {
  @RegisterExtension static final MountedFixture FS = new MountedFixture();

  @Test
  void modesAndOwners() {
    FS.python(
        """
        os.umask(0o027)
        os.close(os.open('f', os.O_CREAT | os.O_WRONLY, 0o777))
        os.mkdir('d', 0o777)
        same((stat.S_IMODE(os.stat('f').st_mode), stat.S_IMODE(os.stat('d').st_mode)), (0o750, 0o750))
        for mode in (0, 0o644, 0o4755, 0o2755, 0o1777, 0o7777):
            os.chmod('f', mode)
            same(stat.S_IMODE(os.stat('f').st_mode), mode)
        os.chown('f', 1234, -1)
        same((os.stat('f').st_uid, os.stat('f').st_gid), (1234, 0))
        os.chown('f', -1, 4321)
        same((os.stat('f').st_uid, os.stat('f').st_gid), (1234, 4321))
        os.chown('f', 4000000000, 4000000001)
        same((os.stat('f').st_uid, os.stat('f').st_gid), (4000000000, 4000000001))
        """);
  }

  @Test
  void theKernelChecksPermissions() {
    FS.python(
        """
        os.chmod('.', 0o755)
        put('secret', b's')
        os.chmod('secret', 0o600)
        os.mkdir('open')
        os.chmod('open', 0o777)
        os.mkdir('sticky')
        os.chmod('sticky', 0o1777)
        put('sticky/roots', b'r')
        os.mkdir('closed', 0o700)
        put('closed/f', b'x')
        def user():
            fails(errno.EACCES, os.open, 'secret', os.O_RDONLY)
            fails(errno.EACCES, os.open, 'new', os.O_CREAT | os.O_WRONLY)
            fails(errno.EACCES, os.stat, 'closed/f')
            fails(errno.EPERM, os.chmod, 'secret', 0o666)
            fails(errno.EPERM, os.chown, 'secret', 1000, 1000)
            fails(errno.EPERM, os.unlink, 'sticky/roots')
            put('open/mine', b'm')
            os.rename('open/mine', 'sticky/mine')
            same((os.stat('sticky/mine').st_uid, os.stat('sticky/mine').st_gid), (1000, 1000))
            fails(errno.EPERM, os.mknod, 'open/dev', stat.S_IFCHR | 0o666, os.makedev(1, 3))
            fails(errno.EPERM, os.chown, 'sticky/mine', 0, 0)
        as_user(1000, user)
        os.chmod('secret', 0o644)
        as_user(1000, lambda: same(get('secret'), b's'))
        """);
  }

  @Test
  void directoriesHandDownTheirGroup() {
    FS.python(
        """
        os.mkdir('d')
        os.chown('d', 0, 77)
        os.chmod('d', 0o2775)
        put('d/f', b'')
        os.mkdir('d/sub')
        os.mkdir('d/sub/sub')
        os.symlink('x', 'd/l')
        same([os.lstat('d/' + n).st_gid for n in ('f', 'sub', 'sub/sub', 'l')], [77] * 4)
        assert os.stat('d/sub/sub').st_mode & stat.S_ISGID
        assert not os.stat('d/f').st_mode & stat.S_ISGID
        put('f', b'')
        same(os.stat('f').st_gid, 0)
        """);
  }

  @Test
  void setIdBitsGoWhenSomebodyElseChangesTheFile() {
    FS.python(
        """
        def fresh(mode=0o6777):
            put('f', b'12345678')
            os.chown('f', 0, 0)
            os.chmod('f', mode)
        def mode():
            return stat.S_IMODE(os.stat('f').st_mode)
        def write():
            fd = os.open('f', os.O_WRONLY)
            os.pwrite(fd, b'x', 0)
        fresh()
        as_user(1000, write)
        same(mode(), 0o777)
        fresh()
        as_user(1000, lambda: os.truncate('f', 2))
        same(mode(), 0o777)
        fresh()
        as_user(1000, lambda: os.close(os.open('f', os.O_WRONLY | os.O_TRUNC)))
        same(mode(), 0o777)
        fresh()
        os.chown('f', 5, 5)
        same(mode(), 0o777)
        fresh()
        write()
        same(mode(), 0o6777)
        os.mkdir('d')
        os.chmod('d', 0o6755)
        os.chown('d', 5, 5)
        same(stat.S_IMODE(os.stat('d').st_mode), 0o6755)
        """);
  }

  @Test
  void timesHaveNanosecondsAndAWideRange() {
    FS.python(
        """
        put('f', b'')
        for ns in (0, 1, 123456789, 1700000000123456789, -1, -123456789012345678,
                   4102444800000000001, 16000000000999999999):
            os.utime('f', ns=(ns, ns + 1))
            same((os.stat('f').st_atime_ns, os.stat('f').st_mtime_ns), (ns, ns + 1))
        """);
    assertThat(
            FS.bash(
                """
                touch -d '1901-12-13 20:45:53.000000001 UTC' old
                touch -d '2262-04-11 23:47:16.854775807 UTC' far
                TZ=UTC stat -c %y old far
                """))
        .isEqualTo("1901-12-13 20:45:53.000000001 +0000\n2262-04-11 23:47:16.854775807 +0000");
  }

  @Test
  void timesMayBeLeftOutOrNow() {
    FS.python(
        """
        put('f', b'')
        os.utime('f', ns=(10, 20))
        class Timespec(ctypes.Structure):
            _fields_ = [('sec', ctypes.c_long), ('nsec', ctypes.c_long)]
        NOW, OMIT = (1 << 30) - 1, (1 << 30) - 2
        def utimens(a, m):
            pair = (Timespec * 2)(Timespec(*a), Timespec(*m))
            same(libc.utimensat(-100, b'f', pair, 0), 0)
        utimens((0, OMIT), (5, 6))
        same((os.stat('f').st_atime_ns, os.stat('f').st_mtime_ns), (10, 5000000006))
        utimens((7, 8), (0, OMIT))
        same((os.stat('f').st_atime_ns, os.stat('f').st_mtime_ns), (7000000008, 5000000006))
        before = time.time_ns()
        utimens((0, NOW), (0, OMIT))
        assert abs(os.stat('f').st_atime_ns - before) < 20 * 10**9
        same(os.stat('f').st_mtime_ns, 5000000006)
        utimens((3, 4), (0, NOW))
        same(os.stat('f').st_atime_ns, 3000000004)
        assert abs(os.stat('f').st_mtime_ns - before) < 20 * 10**9
        kept = os.stat('f').st_ctime_ns
        utimens((0, OMIT), (0, OMIT))
        same((os.stat('f').st_atime_ns, os.stat('f').st_ctime_ns), (3000000004, kept))
        """);
  }

  @Test
  void changesMoveTheRightTimes() {
    FS.python(
        """
        os.mkdir('d')
        put('d/f', b'data')
        def times(name):
            s = os.stat(name)
            return s.st_mtime_ns, s.st_ctime_ns
        def changed(name, action):
            before = times(name)
            time.sleep(0.02)
            action()
            after = times(name)
            return tuple(b != a for b, a in zip(before, after))
        fd = os.open('d/f', os.O_RDWR)
        same(changed('d/f', lambda: os.write(fd, b'x')), (True, True))
        same(changed('d/f', lambda: os.ftruncate(fd, 1)), (True, True))
        same(changed('d/f', lambda: os.chmod('d/f', 0o600)), (False, True))
        same(changed('d/f', lambda: os.link('d/f', 'd/g')), (False, True))
        same(changed('d/f', lambda: os.setxattr('d/f', 'user.a', b'1')), (False, True))
        same(changed('d/f', lambda: os.rename('d/f', 'd/h') or os.rename('d/h', 'd/f')), (False, True))
        same(changed('d/f', lambda: get('d/f')), (False, False))
        same(changed('d', lambda: put('d/new', b'')), (True, True))
        same(changed('d', lambda: os.unlink('d/new')), (True, True))
        same(changed('d', lambda: os.rename('d/g', 'd/i')), (True, True))
        same(changed('d', lambda: os.chmod('d/f', 0o640)), (False, False))
        """);
  }

  @Test
  void readingMovesTheAccessTimeAsRelatimeSays() {
    FS.python(
        """
        put('f', b'data')
        os.utime('f', ns=(10**18, 10**18 + 5))
        get('f')
        first = os.stat('f').st_atime_ns
        assert abs(first - time.time_ns()) < 20 * 10**9, first
        time.sleep(0.02)
        get('f')
        same(os.stat('f').st_atime_ns, first)
        os.utime('f', ns=(first, 10**18))
        fd = os.open('f', os.O_RDONLY | os.O_DIRECT)
        os.preadv(fd, [mmap.mmap(-1, 4096)], 0)
        os.mkdir('d')
        os.utime('d', ns=(10**18, 10**18 + 5))
        os.listdir('d')
        assert abs(os.stat('d').st_atime_ns - time.time_ns()) < 20 * 10**9
        """);
  }

  @Test
  void extendedAttributes() {
    FS.python(
        """
        os.chmod('.', 0o755)
        put('f', b'')
        os.mkdir('d')
        os.symlink('f', 'l')
        fails(errno.ENODATA, os.getxattr, 'f', 'user.no')
        same(os.listxattr('f'), [])
        for name in ('f', 'd'):
            os.setxattr(name, 'user.a', b'1')
            os.setxattr(name, 'user.empty', b'')
            os.setxattr(name, 'trusted.t', b'\\0\\xff\\0')
            os.setxattr(name, 'user.big', b'B' * 65536)
            same(sorted(os.listxattr(name)), ['trusted.t', 'user.a', 'user.big', 'user.empty'])
            # What only root may read, only root is told of, also of its length.
            as_user(1000, lambda: same(sorted(os.listxattr(name)), ['user.a', 'user.big', 'user.empty']))
            as_user(1000, lambda: same(libc.listxattr(name.encode(), None, 0), 27))
            same(libc.listxattr(name.encode(), None, 0), 37)
            same(os.getxattr(name, 'trusted.t'), b'\\0\\xff\\0')
            same(os.getxattr(name, 'user.big'), b'B' * 65536)
            same(os.getxattr(name, 'user.empty'), b'')
        fails(errno.EEXIST, os.setxattr, 'f', 'user.a', b'2', os.XATTR_CREATE)
        fails(errno.ENODATA, os.setxattr, 'f', 'user.z', b'2', os.XATTR_REPLACE)
        os.setxattr('f', 'user.a', b'2', os.XATTR_REPLACE)
        same(os.getxattr('f', 'user.a'), b'2')
        fails(errno.E2BIG, os.setxattr, 'f', 'user.huge', b'B' * 65537)
        fails(errno.ERANGE, os.setxattr, 'f', 'user.' + 'x' * 251, b'')
        os.setxattr('f', 'user.' + 'x' * 250, b'long')
        os.removexattr('f', 'user.a')
        fails(errno.ENODATA, os.removexattr, 'f', 'user.a')
        small = ctypes.create_string_buffer(3)
        same(libc.getxattr(b'f', b'user.big', small, 3), -1)
        same(ctypes.get_errno(), errno.ERANGE)
        same(libc.listxattr(b'f', small, 3), -1)
        same(ctypes.get_errno(), errno.ERANGE)
        os.setxattr('l', 'trusted.link', b'v', follow_symlinks=False)
        same(os.listxattr('l', follow_symlinks=False), ['trusted.link'])
        fails(errno.ENODATA, os.getxattr, 'f', 'trusted.link')
        """);
  }

  @Test
  void accessControlListsAreObeyedOrRefused() {
    FS.python(
        """
        os.chmod('.', 0o755)
        put('f', b'secret')
        os.chmod('f', 0o600)
        done = subprocess.run(['setfacl', '-m', 'u:1000:r', 'f'], capture_output=True, text=True)
        if DIRECT:
            same((done.returncode, done.stderr), (0, ''))
            as_user(1000, lambda: same(get('f'), b'secret'))
            subprocess.run(['setfacl', '-m', 'u:1000:-', 'f'], check=True)
            as_user(1000, lambda: fails(errno.EACCES, os.open, 'f', os.O_RDONLY))
        else:
            assert done.returncode != 0 and 'not supported' in done.stderr, done
            as_user(1000, lambda: fails(errno.EACCES, os.open, 'f', os.O_RDONLY))
        shown = subprocess.run(['getfacl', '-c', 'f'], capture_output=True, text=True, check=True)
        assert 'user::rw-' in shown.stdout, shown.stdout
        subprocess.run(['cp', '-a', 'f', 'g'], check=True)
        """);
  }

  @Test
  void spaceIsTold() {
    FS.python(
        """
        s = os.statvfs('.')
        assert s.f_blocks > 0 and 0 < s.f_bavail <= s.f_blocks and s.f_frsize >= 512
        same(s.f_namemax, 255)
        assert s.f_files >= s.f_ffree > 0
        put('f', os.urandom(3000000))
        fd = os.open('f', os.O_RDWR)
        os.fsync(fd)
        assert os.statvfs('.').f_bfree < s.f_bfree
        assert os.stat('f').st_blocks > 0
        """);
  }
}
