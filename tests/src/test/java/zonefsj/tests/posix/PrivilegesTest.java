// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.posix;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a file lets its reader become, and how it loses that. */
final class PrivilegesTest {
  @RegisterExtension static final MountedFixture FS = new MountedFixture();

  @Test
  void theUmaskApplies() {
    FS.python(
        """
        for mask in (0, 0o022, 0o077, 0o777):
            os.umask(mask)
            name = '%o' % mask
            os.close(os.open('f' + name, os.O_RDWR | os.O_CREAT, 0o7777))
            os.mkdir('d' + name, 0o1777)
            os.mkfifo('p' + name, 0o666)
            same([stat.S_IMODE(os.lstat(n + name).st_mode) for n in 'fdp'],
                 [0o7777 & ~mask, 0o1777 & ~mask, 0o666 & ~mask])
        """);
  }

  /** By exec, too, which asks nobody: the kernel must have been told. */
  @Test
  void aSetUserIdProgramThatSomebodyChangesIsNoneAnyMore() {
    FS.python(
        """
        os.chmod('.', 0o777)
        def program():
            subprocess.run(['cp', '/usr/bin/id', 'id'], check=True)
            os.chown('id', 0, 0)
            os.chmod('id', 0o4777)
            os.stat('id')
        def who():
            done = subprocess.run(['./id', '-un'], capture_output=True, text=True,
                                  preexec_fn=lambda: (os.setgroups([]), os.setgid(1000), os.setuid(1000)))
            return done.stdout.strip() if done.returncode == 0 else done
        def write(data=b'x'):
            fd = os.open('id', os.O_WRONLY)
            os.lseek(fd, 0, os.SEEK_END)
            os.write(fd, data)
            os.close(fd)
        def by_copy():
            size = os.stat('id').st_size
            fd, source = os.open('id', os.O_WRONLY), os.open('small', os.O_RDONLY)
            os.copy_file_range(source, fd, 3, 0, size)
            os.close(fd)
        def by_allocation():
            fd = os.open('id', os.O_WRONLY)
            os.posix_fallocate(fd, 0, os.fstat(fd).st_size + 100)
            os.close(fd)
        def by_truncation():
            os.truncate('id', os.stat('id').st_size + 10)
        def direct():
            page = mmap.mmap(-1, 4096)
            fd = os.open('id', os.O_WRONLY | os.O_DIRECT)
            os.pwritev(fd, [page], (os.fstat(fd).st_size + 8191) & -4096)
            os.close(fd)
        put('small', b'abc')
        for how in (write, by_copy, by_allocation, by_truncation, direct):
            program()
            same(who(), 'root')
            as_user(1000, how)
            # First by exec, without a stat before it.
            name = who()
            assert name != 'root', (how.__name__, name)
            same((how.__name__, oct(stat.S_IMODE(os.stat('id').st_mode))), (how.__name__, oct(0o777)))
            program()
            same(who(), 'root')
            as_user(1000, how)
            same((how.__name__, oct(stat.S_IMODE(os.stat('id').st_mode))), (how.__name__, oct(0o777)))
        # Emptied at open, it is no program; filled by root again, it is not set-user-ID.
        program()
        same(who(), 'root')
        as_user(1000, lambda: os.close(os.open('id', os.O_WRONLY | os.O_TRUNC)))
        with open('/usr/bin/id', 'rb') as source:
            put('id', source.read())
        name = who()
        assert name != 'root', ('O_TRUNC', name)
        """);
  }

  /** By chown(2) to the same owner: the kernel passes it on from everybody. */
  @Test
  void aStrangerTakesNoSetIdBitsAway() {
    FS.python(
        """
        os.chmod('.', 0o755)
        put('f', b'12345678')
        os.mkfifo('p')
        def chown():
            for name in 'fp':
                os.chown(name, -1, -1)
        def try_chown():
            try:
                chown()
            except PermissionError:
                pass
        def modes():
            return [oct(stat.S_IMODE(os.stat(name).st_mode)) for name in 'fp']
        for name in 'fp':
            os.chown(name, 1001, 1001)
            os.chmod(name, 0o6755)
        as_user(1000, try_chown)
        same(modes(), [oct(0o6755)] * 2)
        if DIRECT:
            as_user(1001, chown)
            same(modes(), [oct(0o755)] * 2)
        """);
  }

  @Test
  void whoWritesMayBeAnotherThanWhoOpened() {
    FS.python(
        """
        put('f', b'12345678')
        os.chmod('f', 0o4777)
        fd = os.open('f', os.O_RDWR)
        as_user(1000, lambda: os.pwrite(fd, b'x', 0))
        same(oct(stat.S_IMODE(os.stat('f').st_mode)), oct(0o777))
        """);
  }

  @Test
  void capabilitiesOfAFileGoWithItsContent() {
    FS.python(
        """
        os.chmod('.', 0o777)
        caps = struct.pack('<IIIII', 0x02000001, 1 << 13, 0, 0, 0)
        def fresh():
            put('f', b'12345678')
            os.chmod('f', 0o777)
            os.setxattr('f', 'security.capability', caps)
            same(os.getxattr('f', 'security.capability'), caps)
        def gone(how, what):
            try:
                os.getxattr('f', 'security.capability')
            except OSError as e:
                same(e.errno, errno.ENODATA)
                return
            raise AssertionError('kept after ' + what)
        def write():
            fd = os.open('f', os.O_WRONLY)
            os.pwrite(fd, b'x', 0)
            os.close(fd)
        kept = []
        for what, how in (('write by root', write), ('write by another', lambda: as_user(1000, write)),
                          ('truncate', lambda: os.truncate('f', 2)), ('chown', lambda: os.chown('f', 5, 5))):
            fresh()
            how()
            try:
                gone(how, what)
            except AssertionError:
                kept.append(what)
        same(kept, [])
        """);
  }
}
