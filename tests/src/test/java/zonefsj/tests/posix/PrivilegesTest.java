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

  /**
   * Who keeps set-ID bits is the caller of each change, as on ext4, and not who opened the file.
   */
  @Test
  void rootWithoutTheCapabilityClearsSetIdBits() {
    FS.python(
        """
        put('f', b'12345678901234')
        put('source', b'abc')
        def without_fsetid(function):
            def run():
                header = struct.pack('Ii', 0x20080522, 0)
                data = ctypes.create_string_buffer(24)
                call(libc.capget, header, data)
                words = list(struct.unpack('6I', data.raw))
                words[0] &= ~(1 << 4)
                call(libc.capset, header, struct.pack('6I', *words))
                function()
            wait(child(run))
        opened = os.open('f', os.O_RDWR)
        source = os.open('source', os.O_RDONLY)
        def truncate_at_open():
            os.close(os.open('f', os.O_WRONLY | os.O_TRUNC))
        changes = {
            'write': lambda: os.pwrite(opened, b'x', 0),
            'truncate': lambda: os.truncate('f', 5),
            'ftruncate': lambda: os.ftruncate(opened, 3),
            'O_TRUNC': truncate_at_open,
            'fallocate': lambda: os.posix_fallocate(opened, 0, 4096),
            'copy_file_range': lambda: os.copy_file_range(source, opened, 3, 0, 10),
        }
        if not DIRECT:
            del changes['copy_file_range']
        for name, change in changes.items():
            os.chmod('f', 0o6777)
            change()
            same((name, oct(stat.S_IMODE(os.stat('f').st_mode))), (name, oct(0o6777)))
            without_fsetid(change)
            same((name, oct(stat.S_IMODE(os.stat('f').st_mode))), (name, oct(0o777)))
        # A stranger has opened it, root changes it.
        os.chmod('f', 0o666)
        os.chmod('.', 0o777)
        receiver, sender = socket.socketpair()
        as_user(1000, lambda: socket.send_fds(sender, [b'x'], [os.open('f', os.O_RDWR)]))
        strangers = socket.recv_fds(receiver, 1, 1)[1][0]
        os.chmod('f', 0o6777)
        os.pwrite(strangers, b'y', 0)
        os.ftruncate(strangers, 7)
        os.posix_fallocate(strangers, 0, 100)
        same(oct(stat.S_IMODE(os.stat('f').st_mode)), oct(0o6777))
        """);
  }

  /** Where the group may not execute, set-group-ID is no privilege. */
  @Test
  void aChownByRootKeepsSetGroupIdWithoutGroupExecute() {
    FS.python(
        """
        put('f', b'1')
        for owner in ((500, -1), (-1, 500), (0, 0)):
            for mode, left in ((0o6740, 0o2740), (0o6750, 0o750), (0o2644, 0o2644)):
                os.chmod('f', mode)
                os.chown('f', *owner)
                same((owner, oct(stat.S_IMODE(os.stat('f').st_mode))), (owner, oct(left)))
        """);
  }

  /** As Linux 6.2 and newer do: a stranger is neither root nor in the group of the file. */
  @Test
  void aStrangersChangeClearsSetGroupIdWithoutGroupExecute() {
    FS.python(
        """
        os.chmod('.', 0o777)
        put('source', b'abc')
        os.chmod('source', 0o644)
        page = mmap.mmap(-1, 4096)
        def opened(flags):
            return os.open('f', flags)
        def direct():
            os.pwritev(opened(os.O_WRONLY | os.O_DIRECT), [page], 0)
        def allocate(mode):
            call(libc.fallocate, opened(os.O_WRONLY), mode, ctypes.c_long(4096), ctypes.c_long(4096))
        changes = [
            lambda: os.write(opened(os.O_WRONLY), b'y'),
            direct,
            lambda: os.truncate('f', 1000),
            lambda: os.ftruncate(opened(os.O_WRONLY), 1000),
            lambda: opened(os.O_WRONLY | os.O_TRUNC),
            lambda: allocate(0),
            lambda: allocate(1 | 2),
            lambda: allocate(16),
        ]
        if DIRECT:
            changes.append(lambda: os.copy_file_range(os.open('source', os.O_RDONLY), opened(os.O_WRONLY), 3))
        def after(number, mode, as_whom):
            try:
                os.unlink('f')
            except FileNotFoundError:
                pass
            put('f', b'x' * 20000)
            os.chown('f', 0, 50)
            os.chmod('f', mode)
            as_whom(changes[number])
            return oct(stat.S_IMODE(os.stat('f').st_mode))
        def as_member(function):
            def run():
                os.setgroups([7, 50])
                os.setgid(1000)
                os.setuid(1000)
                function()
            wait(child(run))
        stranger = lambda function: as_user(1000, function)
        for number in range(len(changes)):
            same((number, after(number, 0o6666, stranger)), (number, oct(0o666)))
            same((number, after(number, 0o2666, stranger)), (number, oct(0o666)))
            same((number, after(number, 0o6676, stranger)), (number, oct(0o676)))
            # To a member of the group, by a supplementary one, too, the bit is left.
            same((number, after(number, 0o6666, as_member)), (number, oct(0o2666)))
            same((number, after(number, 0o2676, as_member)), (number, oct(0o676)))
        """);
  }

  @Test
  void aMemberByASupplementaryGroupMakesSetGroupIdPrograms() {
    FS.python(
        """
        os.mkdir('d')
        os.chown('d', 0, 50)
        os.chmod('d', 0o2777)
        def made_by(name, groups):
            def run():
                os.umask(0)
                os.setgroups(groups)
                os.setgid(1000)
                os.setuid(1000)
                os.close(os.open('d/c' + name, os.O_CREAT | os.O_WRONLY, 0o2775))
                os.mknod('d/n' + name, 0o2775 | stat.S_IFREG)
                if DIRECT:
                    fd = os.open('d', os.O_TMPFILE | os.O_RDWR, 0o2775)
                    linkfd(fd, 'd/t' + name)
            wait(child(run))
            return sorted({oct(stat.S_IMODE(os.stat('d/' + f).st_mode)) for f in os.listdir('d') if f[1:] == name})
        same(made_by('member', [7, 50]), [oct(0o2775)])
        same(made_by('stranger', [7]), [oct(0o775)])
        """);
  }

  /** The kernel removes the capabilities before the write; root's write leaves the bits. */
  @Test
  void rootsWriteToAProgramWithCapabilitiesKeepsItsSetIdBits() {
    FS.python(
        """
        os.chmod('.', 0o777)
        caps = struct.pack('<IIIII', 0x02000001, 1 << 13, 0, 0, 0)
        def fresh():
            put('f', b'12345678')
            os.chown('f', 1000, 1000)
            os.chmod('f', 0o4755)
            os.setxattr('f', 'security.capability', caps)
        def write():
            fd = os.open('f', os.O_WRONLY)
            os.pwrite(fd, b'x', 0)
            os.close(fd)
        fresh()
        write()
        same(oct(stat.S_IMODE(os.stat('f').st_mode)), oct(0o4755))
        same([n for n in os.listxattr('f') if n.startswith('security')], [])
        fresh()
        as_user(1000, write)
        same(oct(stat.S_IMODE(os.stat('f').st_mode)), oct(0o755))
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

  /** As mount --bind -o X-mount.idmap= does it. Older kernels refuse it, and so does libfuse 2. */
  @Test
  void aMountCanBeIdmapped() {
    FS.python(
        """
        os.chmod('.', 0o777)
        put('before', b'x')
        os.chown('before', 5, 6)
        os.mkdir('mapped')
        libc.syscall.restype = ctypes.c_long
        # A user namespace in which ids are 10000 more than on the filesystem.
        ready, go = os.pipe(), os.pipe()
        def holder():
            call(libc.unshare, 0x10000000)
            os.write(ready[1], b'x')
            os.read(go[0], 1)
        pid = child(holder)
        os.read(ready[0], 1)
        for kind in 'ug':
            with open('/proc/%d/%sid_map' % (pid, kind), 'w') as f:
                f.write('0 10000 65536')
        namespace = os.open('/proc/%d/ns/user' % pid, os.O_RDONLY)
        tree = call(libc.syscall, 428, -100, os.fsencode(os.getcwd()), 1)
        attributes = struct.pack('QQQQ', 0x100000, 0, 0, namespace)
        mapped = libc.syscall(442, tree, b'', 0x1000, attributes, ctypes.c_size_t(len(attributes)))
        os.write(go[1], b'x')
        wait(pid)
        release = tuple(int(n) for n in os.uname().release.split('.')[:2])
        if not DIRECT or release < (6, 12):
            assert mapped < 0, mapped
            sys.exit()
        same(mapped, 0)
        top = os.open('/proc/self/fd/%d' % tree, os.O_RDONLY)
        same((os.stat('before', dir_fd=top).st_uid, os.stat('before', dir_fd=top).st_gid), (10005, 10006))
        def work():
            os.fchdir(top)
            put('f', b'12345678')
            os.mkdir('d')
            os.symlink('f', 's')
            os.mkfifo('p')
            put('w', b'w')
            renameat2('w', 'moved', WHITEOUT)
            os.close(os.open('.', os.O_TMPFILE | os.O_RDWR))
            same({os.lstat(n).st_uid for n in ('f', 'd', 's', 'p', 'w', 'moved')}, {11000})
            os.chmod('f', 0o4755)
            os.pwrite(os.open('f', os.O_WRONLY), b'x', 0)
            same(oct(stat.S_IMODE(os.stat('f').st_mode)), oct(0o755))
            os.setxattr('f', 'user.a', b'1')
            same(os.listxattr('f'), ['user.a'])
            os.truncate('f', 3)
            os.link('f', 'g')
            os.unlink('g')
        as_user(11000, work)
        same({os.lstat(n).st_uid for n in ('f', 'd', 's', 'p', 'w', 'moved')}, {1000})
        # Root's requests contain no user either, and it is root all the same.
        os.chmod('f', 0o6755)
        fd = os.open('f', os.O_RDWR)
        os.pwrite(fd, b'y', 0)
        os.posix_fallocate(fd, 0, 100)
        same(oct(stat.S_IMODE(os.stat('f').st_mode)), oct(0o6755))
        os.chown('f', -1, -1)
        same(oct(stat.S_IMODE(os.stat('f').st_mode)), oct(0o755))
        os.setxattr('f', 'trusted.t', b'1')
        same(sorted(os.listxattr('f')), ['trusted.t', 'user.a'])
        def names():
            same(os.listxattr('f'), ['user.a'])
        as_user(1000, names)
        """);
  }
}
