// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.posix;

import java.util.List;
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
        fails(errno.EINVAL, renameat2, 'a', 'b', EXCHANGE | WHITEOUT)
        fails(errno.EINVAL, renameat2, 'a', 'b', 8)
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

  /** What overlayfs asks of its upper directory when a name of a lower one is renamed. */
  @Test
  void aWhiteoutTakesThePlaceOfTheOldName() {
    FS.python(
        """
        os.mkdir('d')
        os.mkdir('d/sub')
        os.mkdir('e')
        put('a', b'a')
        put('b', b'b')
        if not DIRECT:
            # The library does not pass the flag on, so the kernel refuses it.
            fails(errno.EINVAL, renameat2, 'a', 'c', WHITEOUT)
            same(get('a'), b'a')
            sys.exit()
        def is_whiteout(name):
            s = os.lstat(name)
            same((stat.S_ISCHR(s.st_mode), stat.S_IMODE(s.st_mode), s.st_rdev, s.st_nlink), (True, 0, 0, 1))
        inode = os.stat('a').st_ino
        renameat2('a', 'c', WHITEOUT)
        same((get('c'), os.stat('c').st_ino), (b'a', inode))
        is_whiteout('a')
        renameat2('c', 'b', WHITEOUT)
        same(get('b'), b'a')
        is_whiteout('c')
        fails(errno.EEXIST, renameat2, 'b', 'c', WHITEOUT | NOREPLACE)
        renameat2('b', 'e/b', WHITEOUT | NOREPLACE)
        is_whiteout('b')
        # A directory takes its link along.
        renameat2('d/sub', 'e/sub', WHITEOUT)
        is_whiteout('d/sub')
        same((os.stat('d').st_nlink, os.stat('e').st_nlink), (2, 3))
        same({e.name: e.is_dir() for e in os.scandir('e')}, {'b': False, 'sub': True})
        # Two names of one file: nothing happens.
        put('f', b'f')
        os.link('f', 'g')
        renameat2('f', 'g', WHITEOUT)
        same((get('f'), get('g')), (b'f', b'f'))
        fails(errno.ENOENT, renameat2, 'none', 'new', WHITEOUT)
        os.unlink('a')
        os.unlink('d/sub')
        os.rmdir('d')
        os.chmod('.', 0o777)
        os.chmod('e', 0o2777)
        os.chown('e', 0, 50)
        os.chmod('e', 0o2777)
        as_user(1000, lambda: (put('e/mine', b''), renameat2('e/mine', 'e/moved', WHITEOUT)))
        is_whiteout('e/mine')
        same((os.lstat('e/mine').st_uid, os.lstat('e/mine').st_gid), (1000, 50))
        """);
  }

  /** Copy-up, whiteouts, opaque and redirected directories, on a real overlay. */
  @Test
  void overlayfsUsesADirectoryAsItsUpperOne() {
    if (!PosixSubject.isDirect()) {
      FS.bash(
          """
          mkdir l u k m
          ! mount -t overlay o -o lowerdir=l,upperdir=u,workdir=k m 2>/dev/null || umount m
          """);
      return;
    }
    for (String options : List.of("redirect_dir=off", "redirect_dir=on,metacopy=on")) {
      FS.bash(
          """
          rm -rf l u k m
          mkdir -p l/dir/sub l/gone l/opaque u k m
          echo a > l/a; echo b > l/b; echo y > l/dir/sub/y; echo g > l/gone/g; echo o > l/opaque/o
          # What is left mounted would keep the mount busy.
          trap 'cd ..; umount m 2>/dev/null || true' EXIT
          mount -t overlay o -o lowerdir=l,upperdir=u,workdir=k,%s m
          cd m
          echo more >> a; rm b; rm -r gone opaque; mkdir opaque; echo n > opaque/n
          mv dir dir2; mv a a2; ln a2 a3; chmod 600 a2; chown 5:6 a2; setfattr -n user.t -v 1 a2
          mkdir new; mv new new2; touch t; mv t opaque/n
          cd ..; umount m
          [[ $(stat -c '%%F %%t,%%T' u/b) == 'character special file 0,0' ]]
          mount -t overlay o -o lowerdir=l,upperdir=u,workdir=k,%s m
          cd m
          [[ $(find . | sort | xargs) == '. ./a2 ./a3 ./dir2 ./dir2/sub ./dir2/sub/y ./new2 ./opaque ./opaque/n' ]]
          [[ $(cat a3 dir2/sub/y | xargs) == 'a more y' ]]
          [[ $(stat -c '%%a %%u %%g %%h' a2) == '600 5 6 2' ]]
          [[ $(getfattr --only-values -n user.t a3) == 1 ]]
          cd ..; umount m
          [[ $(cat l/a l/b l/dir/sub/y l/gone/g l/opaque/o | xargs) == 'a b y g o' ]]
          """
              .formatted(options, options));
    }
  }
}
