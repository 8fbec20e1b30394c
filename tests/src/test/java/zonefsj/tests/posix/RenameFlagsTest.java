// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.posix;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What renameat2(2) can do beyond rename(2). */
final class RenameFlagsTest {
  @RegisterExtension static final MountedFixture FS = new MountedFixture();

  @Test
  void twoNamesAreExchanged() {
    FS.python(
        """
        os.mkdir('d')
        os.mkdir('e')
        put('a', b'of a')
        put('b', b'of b')
        put('d/in', b'of d')
        put('e/in', b'of e')
        if not DIRECT:
            fails(errno.EINVAL, renameat2, 'a', 'b', EXCHANGE)
            same((get('a'), get('b')), (b'of a', b'of b'))
            sys.exit()
        inode = {n: os.stat(n).st_ino for n in ('a', 'b', 'd', 'e')}
        open_a = os.open('a', os.O_RDONLY)
        renameat2('a', 'b', EXCHANGE)
        same((get('a'), get('b'), os.read(open_a, 9)), (b'of b', b'of a', b'of a'))
        same((os.stat('a').st_ino, os.stat('b').st_ino), (inode['b'], inode['a']))
        renameat2('d', 'e', EXCHANGE)
        same((get('d/in'), get('e/in')), (b'of e', b'of d'))
        same((os.stat('d').st_ino, os.stat('e').st_ino), (inode['e'], inode['d']))
        renameat2('a', 'd', EXCHANGE)
        same((get('a/in'), get('d')), (b'of e', b'of b'))
        os.rename('a', 'tmp')
        os.rename('d', 'a')
        os.rename('tmp', 'd')
        fails(errno.ENOENT, renameat2, 'a', 'none', EXCHANGE)
        renameat2('a', 'a', EXCHANGE)
        fails(errno.EINVAL, renameat2, 'd', 'd/in', EXCHANGE)
        fails(errno.EINVAL, renameat2, 'd/in', 'd', EXCHANGE)
        fails(errno.EINVAL, renameat2, 'a', 'b', EXCHANGE | NOREPLACE)
        fails(errno.EINVAL, renameat2, 'a', 'b', 4)
        """);
  }

  @Test
  void anExchangeAcrossDirectoriesKeepsTheirLinkCounts() {
    FS.python(
        """
        os.makedirs('one/sub/deep')
        os.makedirs('two')
        put('two/file', b'file')
        if not DIRECT:
            fails(errno.EINVAL, renameat2, 'one/sub', 'two/file', EXCHANGE)
            sys.exit()
        same((os.stat('one').st_nlink, os.stat('two').st_nlink), (3, 2))
        renameat2('one/sub', 'two/file', EXCHANGE)
        same((os.stat('one').st_nlink, os.stat('two').st_nlink), (2, 3))
        same(get('one/sub'), b'file')
        same(os.listdir('two/file'), ['deep'])
        same(os.stat('two/file/..').st_ino, os.stat('two').st_ino)
        fd = os.open('two/file', os.O_RDONLY)
        renameat2('two/file', 'one/sub', EXCHANGE)
        same(os.stat('..', dir_fd=fd).st_ino, os.stat('one').st_ino)
        fails(errno.EINVAL, renameat2, 'one', 'one/sub/deep', EXCHANGE)
        """);
  }

  @Test
  void nothingIsReplacedWhenThatIsForbidden() {
    FS.python(
        """
        os.mkdir('d')
        put('a', b'a')
        put('b', b'b')
        if not DIRECT:
            # What exists the kernel itself knows; the rest nobody can do.
            fails(errno.EEXIST, renameat2, 'a', 'b', NOREPLACE)
            fails(errno.EINVAL, renameat2, 'a', 'c', NOREPLACE)
            sys.exit()
        fails(errno.EEXIST, renameat2, 'a', 'b', NOREPLACE)
        fails(errno.EEXIST, renameat2, 'a', 'a', NOREPLACE)
        fails(errno.EEXIST, renameat2, 'd', 'a', NOREPLACE)
        same((get('a'), get('b')), (b'a', b'b'))
        renameat2('a', 'c', NOREPLACE)
        renameat2('d', 'e', NOREPLACE)
        same(sorted(os.listdir('.')), ['b', 'c', 'e'])
        same(get('c'), b'a')
        fails(errno.ENOENT, renameat2, 'none', 'new', NOREPLACE)
        # Of many who take one name, one gets it.
        won = mmap.mmap(-1, 4096)
        def take(i):
            def run():
                put('from%d' % i, b'%d' % i)
                try:
                    renameat2('from%d' % i, 'prize', NOREPLACE)
                    won[i] = 1
                except FileExistsError:
                    pass
            return run
        wait(*[child(take(i)) for i in range(8)])
        same(sum(won[:8]), 1)
        same(int(get('prize')), won[:8].index(1))
        """);
  }
}
