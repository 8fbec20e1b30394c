// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.posix;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Mapped files, direct I/O, locks. */
final class MemoryAndLocksTest {
  @RegisterExtension static final MountedFixture FS = new MountedFixture();

  @Test
  void whatIsWrittenThroughASharedMappingIsInTheFile() {
    FS.python(
        """
        size = 3 * 4096 + 100
        put('f', b'.' * size)
        fd = os.open('f', os.O_RDWR)
        m = mmap.mmap(fd, size)
        m[10:14] = b'HEAD'
        m[4094:4100] = b'MIDDLE'
        m[size - 4:size] = b'TAIL'
        m.flush()
        expected = bytearray(b'.' * size)
        expected[10:14] = b'HEAD'
        expected[4094:4100] = b'MIDDLE'
        expected[size - 4:size] = b'TAIL'
        same(os.pread(fd, size + 10, 0), bytes(expected))
        m[20:22] = b'!!'
        m.close()
        os.close(fd)
        expected[20:22] = b'!!'
        fd = os.open('f', os.O_RDONLY)
        forget(fd)
        same(os.pread(fd, size, 0), bytes(expected))
        """);
  }

  @Test
  void mappingsOfTwoProcessesAreOne() {
    FS.python(
        """
        put('f', bytes(8192))
        fd = os.open('f', os.O_RDWR)
        m = mmap.mmap(fd, 8192)
        def other():
            n = mmap.mmap(os.open('f', os.O_RDWR), 8192)
            n[4000:4005] = b'child'
            os.pwrite(os.open('f', os.O_WRONLY), b'write', 5000)
        wait(child(other))
        same((m[4000:4005], m[5000:5005]), (b'child', b'write'))
        os.pwrite(fd, b'parent', 100)
        same(m[100:106], b'parent')
        private = mmap.mmap(fd, 8192, flags=mmap.MAP_PRIVATE)
        private[0:4] = b'mine'
        same(os.pread(fd, 4, 0), bytes(4))
        """);
  }

  @Test
  void aMappingOfAFileWithoutANameStaysAlive() {
    FS.python(
        """
        put('f', b'x' * 8192)
        fd = os.open('f', os.O_RDWR)
        m = mmap.mmap(fd, 8192)
        os.unlink('f')
        m[0:3] = b'abc'
        m.flush()
        os.close(fd)
        same(m[0:4], b'abcx')
        m[4096:4100] = b'late'
        m.flush()
        m.close()
        """);
  }

  @Test
  void mappedWritesDoNotFollowTheEndOfAFileOpenedForAppending() {
    FS.python(
        """
        put('f', b'0' * 4096)
        fd = os.open('f', os.O_RDWR | os.O_APPEND)
        m = mmap.mmap(fd, 4096)
        m[0:4] = b'head'
        m.flush()
        os.write(fd, b'end')
        os.fsync(fd)
        same(os.stat('f').st_size, 4099)
        forget(fd)
        data = get('f')
        same((data[:5], data[4095:]), (b'head0', b'0end'))
        """);
  }

  @Test
  void directInputAndOutput() {
    FS.python(
        """
        fd = os.open('f', os.O_RDWR | os.O_CREAT | os.O_DIRECT, 0o644)
        page = mmap.mmap(-1, 1 << 20)
        page.write(os.urandom(1 << 20))
        same(os.pwritev(fd, [page], 0), 1 << 20)
        back = mmap.mmap(-1, 1 << 20)
        same(os.preadv(fd, [back], 0), 1 << 20)
        same(page[:], back[:])
        same(get('f'), page[:])
        cached = os.open('f', os.O_RDWR)
        os.pwrite(cached, b'cached', 4096)
        same(os.preadv(fd, [back], 0), 1 << 20)
        same(back[4096:4102], b'cached')
        page[0:6] = b'direct'
        os.pwritev(fd, [memoryview(page)[:4096]], 0)
        same(os.pread(cached, 6, 0), b'direct')
        """);
  }

  @Test
  void locksOfWholeFiles() {
    FS.python(
        """
        put('f', b'')
        fd = os.open('f', os.O_RDWR)
        fcntl.flock(fd, fcntl.LOCK_EX)
        def other():
            mine = os.open('f', os.O_RDWR)
            fails(errno.EAGAIN, fcntl.flock, mine, fcntl.LOCK_SH | fcntl.LOCK_NB)
        wait(child(other))
        fcntl.flock(fd, fcntl.LOCK_SH)
        def shared():
            mine = os.open('f', os.O_RDWR)
            fcntl.flock(mine, fcntl.LOCK_SH | fcntl.LOCK_NB)
            fails(errno.EAGAIN, fcntl.flock, mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
        wait(child(shared))
        os.close(fd)
        def free():
            fcntl.flock(os.open('f', os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)
        wait(child(free))
        """);
  }

  @Test
  void locksOfRanges() {
    FS.python(
        """
        put('f', b'0' * 100)
        fd = os.open('f', os.O_RDWR)
        fcntl.lockf(fd, fcntl.LOCK_EX, 10, 0)
        def other():
            mine = os.open('f', os.O_RDWR)
            fails(errno.EAGAIN, fcntl.lockf, mine, fcntl.LOCK_EX | fcntl.LOCK_NB, 5, 5)
            fcntl.lockf(mine, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 10)
            query = struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 10, 0)
            answer = struct.unpack('hhqqi4x', fcntl.fcntl(mine, fcntl.F_GETLK, query))
            same((answer[0], answer[4]), (fcntl.F_WRLCK, os.getppid()))
        wait(child(other))
        go_read, go_write = os.pipe()
        def waiter():
            mine = os.open('f', os.O_RDWR)
            os.write(go_write, b'x')
            fcntl.lockf(mine, fcntl.LOCK_EX, 10, 0)
        pid = child(waiter)
        os.read(go_read, 1)
        time.sleep(0.1)
        same(os.waitpid(pid, os.WNOHANG), (0, 0))
        fcntl.lockf(fd, fcntl.LOCK_UN, 10, 0)
        wait(pid)
        def dies_with_lock():
            fcntl.lockf(os.open('f', os.O_RDWR), fcntl.LOCK_EX)
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child(dies_with_lock), 0)
        fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        """);
  }

  @Test
  void locksOfOpenFiles() {
    FS.python(
        """
        put('f', b'')
        one = os.open('f', os.O_RDWR)
        two = os.open('f', os.O_RDWR)
        F_OFD_SETLK = 37
        lock = struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 0, 0)
        fcntl.fcntl(one, F_OFD_SETLK, lock)
        fails(errno.EAGAIN, fcntl.fcntl, two, F_OFD_SETLK, lock)
        os.close(one)
        fcntl.fcntl(two, F_OFD_SETLK, lock)
        """);
  }

  /**
   * Rounds of one asynchronous O_DIRECT write and a buffered read of it, while another process
   * reads the file through the page cache all the time.
   */
  @Test
  void aFinishedAsynchronousDirectWriteIsSeenByBufferedReaders() {
    FS.python(
        """
        SIZE = 65536
        put('f', b'0' * SIZE)
        direct = os.open('f', os.O_RDWR | os.O_DIRECT)
        buffered = os.open('f', os.O_RDONLY)
        import platform
        SETUP, GETEVENTS, SUBMIT = (0, 4, 2) if platform.machine() == 'aarch64' else (206, 208, 209)
        context = ctypes.c_ulong()
        call(libc.syscall, SETUP, 1, ctypes.byref(context))
        pages = mmap.mmap(-1, SIZE)
        address = ctypes.addressof((ctypes.c_char * SIZE).from_buffer(pages))
        request = ctypes.create_string_buffer(
            struct.pack('QIiHhIQQqQII', 0, 0, 0, 1, 0, direct, address, SIZE, 0, 0, 0, 0))
        pointer = ctypes.c_void_p(ctypes.addressof(request))
        event = ctypes.create_string_buffer(32)
        def read():
            while True:
                os.pread(buffered, SIZE, 0)
        reader = child(read)
        try:
            for number in range(3000):
                data = b'%c' % (97 + number % 26) * SIZE
                pages[:] = data
                call(libc.syscall, SUBMIT, context, ctypes.c_long(1), ctypes.byref(pointer))
                call(libc.syscall, GETEVENTS, context, ctypes.c_long(1), ctypes.c_long(1), event, None)
                same(struct.unpack('QQqq', event.raw)[2], SIZE)
                found = os.pread(buffered, SIZE, 0)
                assert found == data, ('round', number, 'wrote', data[:1], 'read', set(found))
        finally:
            os.kill(reader, signal.SIGKILL)
            os.waitpid(reader, 0)
        """);
  }
}
