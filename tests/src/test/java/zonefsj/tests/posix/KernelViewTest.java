// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.posix;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the kernel keeps of a file, and hands out without asking, is right. */
final class KernelViewTest {
  @RegisterExtension static final MountedFixture FS = new MountedFixture();

  @Test
  void hardLinksAreOneInode() {
    FS.python(
        """
        put('a', b'A' * 8192)
        os.link('a', 'b')
        if not DIRECT:
            # SEMANTICS.md: the kernel takes them for two files.
            sys.exit()
        fa, fb = os.open('a', os.O_RDWR), os.open('b', os.O_RDWR)
        m = mmap.mmap(fb, 8192)
        same(m[0:1], b'A')
        for i in range(200):
            os.pwrite(fa, b'%08d' % i, 4000)
            same(m[4000:4008], b'%08d' % i)
            m[8000:8008] = b'%08d' % i
            same(os.pread(fa, 8, 8000), b'%08d' % i)
            os.ftruncate(fa, 8192 + i)
            same(os.stat('b').st_size, 8192 + i)
            os.chmod('a', 0o600 + i % 64)
            same(stat.S_IMODE(os.stat('b').st_mode), 0o600 + i % 64)
        os.link('b', 'c')
        same([os.stat(n).st_nlink for n in 'abc'], [3, 3, 3])
        os.unlink('a')
        same([os.stat(n).st_nlink for n in 'bc'] + [os.fstat(fa).st_nlink], [2, 2, 2])
        put('d', b'')
        os.rename('d', 'c')
        same((os.stat('b').st_nlink, os.fstat(fa).st_nlink), (1, 1))
        """);
  }

  /** Before the commit, bytes that replace others count twice; afterwards the truth is known. */
  @Test
  void theBlocksOfAFileAreRightAfterTheCommit() {
    FS.python(
        """
        if not DIRECT:
            # SEMANTICS.md: the library does not pass on for how long attributes are valid.
            sys.exit()
        fd = os.open('f', os.O_RDWR | os.O_CREAT)
        os.ftruncate(fd, 16 << 20)
        os.pwrite(fd, b'a' * (1 << 20), 0)
        os.fsync(fd)
        same(os.stat('f').st_blocks, 2048)
        os.pwrite(fd, b'b' * (1 << 20), 0)
        os.stat('f')
        os.fsync(fd)
        same(os.stat('f').st_blocks, 2048)
        os.close(fd)
        """);
  }

  @Test
  void theTimeOfBirthStays() {
    FS.python(
        """
        before = time.time()
        put('f', b'')
        buffer = ctypes.create_string_buffer(256)
        def birth(name):
            call(libc.syscall, 332, -100, name.encode(), 0x100, 0xfff, buffer)
            if not struct.unpack_from('<I', buffer)[0] & 0x800:
                return None
            seconds, nanos = struct.unpack_from('<qI', buffer, 80)
            return seconds + nanos / 1e9
        born = birth('f')
        if not DIRECT:
            same(born, None)
            sys.exit()
        assert before - 10 < born < time.time() + 10, born
        time.sleep(0.02)
        put('f', b'more')
        os.utime('f', ns=(5, 5))
        os.chmod('f', 0o600)
        os.rename('f', 'g')
        same(birth('g'), born)
        mask, size = struct.unpack_from('<I', buffer)[0], struct.unpack_from('<Q', buffer, 40)[0]
        same((mask & 0xfff, size), (0xfff, 4))
        """);
  }

  @Test
  void mappedWritesAreReadByOthersAndStay() {
    FS.python(
        """
        put('f', b'0' * (1 << 20))
        fd, other = os.open('f', os.O_RDWR), os.open('f', os.O_RDWR)
        m = mmap.mmap(fd, 1 << 20)
        for i in range(0, 1 << 20, 4096):
            m[i:i + 8] = b'%08d' % i
            same(os.pread(other, 8, i), b'%08d' % i)
        m.flush()
        m.close()
        forget(fd)
        data = get('f')
        assert all(data[i:i + 8] == b'%08d' % i for i in range(0, 1 << 20, 4096))
        def child_maps():
            mine = mmap.mmap(os.open('f', os.O_RDWR), 4096)
            mine[100:105] = b'child'
        wait(child(child_maps))
        same(os.pread(fd, 5, 100), b'child')
        """);
  }

  @Test
  void writesThatPassTheCacheRunSideBySide() {
    FS.python(
        """
        fd = os.open('f', os.O_RDWR | os.O_CREAT | os.O_DIRECT, 0o644)
        os.ftruncate(fd, 32 << 20)
        def writer(k):
            def run():
                mine = os.open('f', os.O_RDWR | os.O_DIRECT)
                page = mmap.mmap(-1, 65536)
                for i in range(k, 512, 8):
                    page[:] = b'%08d' % i * 8192
                    same(os.pwritev(mine, [page], i * 65536), 65536)
            return run
        wait(*[child(writer(k)) for k in range(8)])
        data = get('f')
        same(len(data), 32 << 20)
        for i in range(512):
            assert data[i * 65536:(i + 1) * 65536] == b'%08d' % i * 8192, i
        # Behind the end, too.
        os.ftruncate(fd, 0)
        wait(*[child(writer(k)) for k in range(8)])
        same(hashlib.sha256(get('f')).digest(), hashlib.sha256(data).digest())
        """);
  }

  @Test
  void aListingLosesNothingThatStays() {
    FS.python(
        """
        os.mkdir('d')
        for i in range(5000):
            os.close(os.open('d/stay%05d' % i, os.O_CREAT | os.O_WRONLY))
        stop = mmap.mmap(-1, 4096)
        def churn(k):
            def run():
                i = 0
                while not stop[0]:
                    name = 'd/churn%d-%d' % (k, i % 300)
                    try:
                        os.unlink(name)
                    except FileNotFoundError:
                        os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
                    i += 7
            return run
        pids = [child(churn(k)) for k in range(2)]
        SYS_getdents64 = 217
        def listing(room):
            names, buffer = [], ctypes.create_string_buffer(room)
            fd = os.open('d', os.O_RDONLY | os.O_DIRECTORY)
            while True:
                n = call(libc.syscall, SYS_getdents64, fd, buffer, room)
                if n == 0:
                    break
                at, raw = 0, buffer.raw
                while at < n:
                    length = struct.unpack_from('<H', raw, at + 16)[0]
                    names.append(raw[at + 19:at + length].split(b'\\0')[0])
                    at += length
            os.close(fd)
            return names
        stays = {b'stay%05d' % i for i in range(5000)} | {b'.', b'..'}
        try:
            for room in (512, 4096, 32768, 1 << 20, 32768):
                names = listing(room)
                same((room, len(names)), (room, len(set(names))))
                same((room, stays - set(names)), (room, set()))
                assert all(n in stays or n.startswith(b'churn') for n in names)
        finally:
            stop[0] = 1
        wait(*pids)
        same(sorted(os.listdir('d')), sorted(e.name for e in os.scandir('d') if e.stat()))
        """);
  }

  @Test
  void aListingGoesOnWhereItWasTold() {
    FS.python(
        """
        os.mkdir('d')
        for i in range(700):
            os.close(os.open('d/%04d' % i, os.O_CREAT | os.O_WRONLY))
        libc.opendir.restype = libc.readdir.restype = ctypes.c_void_p
        libc.telldir.restype = ctypes.c_long
        libc.telldir.argtypes = libc.readdir.argtypes = [ctypes.c_void_p]
        libc.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]
        d = libc.opendir(b'd')
        def entry():
            e = libc.readdir(d)
            return ctypes.string_at(e + 19) if e else None
        seen, places = [], []
        while True:
            places.append(libc.telldir(d))
            name = entry()
            if name is None:
                break
            seen.append(name)
        same(len(seen), 702)
        for i in (701, 3, 350, 0, 699):
            libc.seekdir(d, places[i])
            same(entry(), seen[i])
        """);
  }

  /** As an NFS server does. */
  @Test
  void handlesOpenWhatTheyWereTakenOf() {
    FS.python(
        """
        os.makedirs('d/sub')
        put('d/sub/f', b'content')
        root = os.open('.', os.O_RDONLY)
        class Handle(ctypes.Structure):
            _fields_ = [('size', ctypes.c_uint), ('type', ctypes.c_int), ('bytes', ctypes.c_ubyte * 128)]
        def handle_of(name):
            h, mount = Handle(128), ctypes.c_int()
            call(libc.name_to_handle_at, -100, name.encode(), ctypes.byref(h), ctypes.byref(mount), 0)
            return h
        def opened(h, flags):
            return call(libc.open_by_handle_at, root, ctypes.byref(h), flags)
        if not DIRECT:
            # libfuse 2 knows files by paths.
            sys.exit()
        h, dh = handle_of('d/sub/f'), handle_of('d/sub')
        fd = opened(h, os.O_RDONLY)
        same(os.read(fd, 10), b'content')
        os.close(fd)
        os.rename('d/sub', 'moved')
        os.rename('moved/f', 'd/g')
        fd = opened(h, os.O_RDWR)
        os.write(fd, b'C')
        same(get('d/g'), b'Content')
        os.close(fd)
        fd = opened(dh, os.O_RDONLY | os.O_DIRECTORY)
        same(os.listdir(fd), [])
        os.close(fd)
        # The kernel has forgotten them: the filesystem has to say what they are.
        with open('/proc/sys/vm/drop_caches', 'w') as f:
            f.write('2')
        fd = opened(h, os.O_RDONLY)
        same(os.read(fd, 10), b'Content')
        os.close(fd)
        fd = opened(dh, os.O_RDONLY | os.O_DIRECTORY)
        same(os.fstat(fd).st_ino, os.stat('moved').st_ino)
        os.close(fd)
        os.unlink('d/g')
        # The kernel closes and forgets a little later.
        limit = time.monotonic() + 20
        while True:
            time.sleep(0.05)
            with open('/proc/sys/vm/drop_caches', 'w') as f:
                f.write('2')
            try:
                os.close(opened(h, os.O_RDONLY))
            except OSError as e:
                same(e.errno, errno.ESTALE)
                break
            assert time.monotonic() < limit
        """);
  }

  @Test
  void whatAFileIsNotForIsRefused() {
    FS.python(
        """
        put('f', b'x')
        fd = os.open('f', os.O_RDWR)
        fails(errno.ENOTTY, fcntl.ioctl, fd, 0x5401, b'\\0' * 64)
        import select
        p = select.poll()
        p.register(fd, select.POLLIN | select.POLLOUT)
        same(p.poll(0), [(fd, select.POLLIN | select.POLLOUT)])
        fails(errno.EINVAL, os.readlink, 'f')
        fails(errno.ENOTDIR, os.listdir, 'f')
        fails(errno.ENOTDIR, os.stat, 'f/g')
        """);
  }

  /** What lsattr, blkid's relatives and fstrim ask; what changes flags is refused. */
  @Test
  void theCommonCallsOfIoctlAreAnswered() {
    FS.python(
        """
        put('f', b'x')
        os.mkdir('d')
        GETFLAGS, FSGETXATTR, GETVERSION = 0x80086601, 0x801c581f, 0x80087601
        GETFSLABEL, FITRIM = 0x81009431, 0xc0185879
        for name in 'fd':
            fd = os.open(name, os.O_RDONLY)
            if not DIRECT:
                # The library has no such call: the kernel answers.
                fails(errno.ENOTTY, fcntl.ioctl, fd, GETVERSION, bytes(8))
                continue
            same(fcntl.ioctl(fd, GETFLAGS, b'\\xff' * 4), bytes(4))
            same(fcntl.ioctl(fd, FSGETXATTR, b'\\xff' * 28), bytes(28))
            # An int, though its number says long: what follows stays as it is.
            version = fcntl.ioctl(fd, GETVERSION, b'\\xff' * 8)
            same(version[4:], b'\\xff' * 4)
            assert version[:4] != b'\\xff' * 4, version
            same(fcntl.ioctl(fd, GETFSLABEL, b'\\xff' * 256), b'posix' + bytes(251))
            whole = struct.pack('QQQ', 0, (1 << 64) - 1, 0)
            same(fcntl.ioctl(fd, FITRIM, whole), struct.pack('QQQ', 0, 0, 0))
            as_user(1000, lambda: fails(errno.EPERM, fcntl.ioctl, fd, FITRIM, whole))
            # FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR, FS_IOC_SETFSLABEL, FS_IOC_SETVERSION
            for request, size in ((0x40086602, 8), (0x401c5820, 28), (0x41009432, 256), (0x40087602, 8)):
                try:
                    fcntl.ioctl(fd, request, bytes(size))
                except OSError as e:
                    assert e.errno in (errno.ENOTTY, errno.EOPNOTSUPP), (hex(request), e)
                else:
                    raise AssertionError(hex(request))
        """);
  }

  @Test
  void timesBeyondAllReasonAreKeptWithinIt() {
    FS.python(
        """
        put('f', b'')
        class Timespec(ctypes.Structure):
            _fields_ = [('sec', ctypes.c_long), ('nsec', ctypes.c_long)]
        for seconds in (1 << 40, -1 << 40, 1 << 62, -1 << 62, (1 << 63) - 1, -1 << 63):
            pair = (Timespec * 2)(Timespec(seconds, 999999999), Timespec(seconds, 1))
            call(libc.utimensat, -100, b'f', pair, 0)
            told = os.stat('f').st_mtime_ns // 10**9
            assert (told < 0) == (seconds < 0) and abs(told) >= 1 << 40, (seconds, told)
        same(os.listdir('.'), ['f'])
        """);
  }
}
