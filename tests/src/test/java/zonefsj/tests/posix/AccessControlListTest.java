// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.posix;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** POSIX ACLs, as the kernel obeys them. Where it would not, they are refused. */
final class AccessControlListTest {
  @RegisterExtension static final MountedFixture FS = new MountedFixture();

  @Test
  void usersAndGroupsAreGrantedAndDenied() {
    FS.python(
        """
        os.chmod('.', 0o755)
        put('f', b'secret')
        os.chmod('f', 0o600)
        def acl(*words):
            return subprocess.run(['setfacl', *words], capture_output=True, text=True)
        if not DIRECT:
            done = acl('-m', 'u:1000:r', 'f')
            assert done.returncode != 0 and 'not supported' in done.stderr, done
            fails(errno.EOPNOTSUPP, os.getxattr, 'f', 'system.posix_acl_access')
            sys.exit()
        def reads(uid):
            as_user(uid, lambda: same(get('f'), b'secret'))
        def may_not(uid, flags=os.O_RDONLY):
            as_user(uid, lambda: fails(errno.EACCES, os.open, 'f', flags))
        may_not(1000)
        same(acl('-m', 'u:1000:r', 'f').stderr, '')
        reads(1000)
        may_not(1000, os.O_WRONLY)
        may_not(1001)
        same(acl('-m', 'g:1001:rw', 'f').stderr, '')
        reads(1001)
        as_user(1001, lambda: os.close(os.open('f', os.O_RDWR)))
        # The mask bounds all but owner and others.
        same(acl('-m', 'm::-', 'f').stderr, '')
        may_not(1000)
        may_not(1001)
        same(acl('-m', 'm::r', 'f').stderr, '')
        reads(1000)
        may_not(1001, os.O_WRONLY)
        # A group that the user is in, too, does not help one who is named.
        same(acl('-m', 'u:1001:-', 'f').stderr, '')
        may_not(1001)
        same(acl('-b', 'f').stderr, '')
        may_not(1000)
        same(stat.S_IMODE(os.stat('f').st_mode), 0o600)
        same(os.listxattr('f'), [])
        # Who does not own the file may not change its list.
        as_user(1000, lambda: same('Operation not permitted' in acl('-m', 'u:1000:rwx', 'f').stderr, True))
        """);
  }

  @Test
  void changesOfTheModeChangeTheList() {
    FS.python(
        """
        os.chmod('.', 0o755)
        put('f', b'secret')
        os.chmod('f', 0o640)
        if not DIRECT:
            fails(errno.EOPNOTSUPP, os.setxattr, 'f', 'system.posix_acl_access', b'')
            sys.exit()
        def show():
            return subprocess.run(['getfacl', '-cpEn', 'f'], capture_output=True, text=True, check=True).stdout.split()
        subprocess.run(['setfacl', '-m', 'u:1000:rw,g:1001:r', 'f'], check=True)
        same(stat.S_IMODE(os.stat('f').st_mode), 0o660)
        same(show(), ['user::rw-', 'user:1000:rw-', 'group::r--', 'group:1001:r--', 'mask::rw-', 'other::---'])
        os.chmod('f', 0o646)
        same(show(), ['user::rw-', 'user:1000:rw-', 'group::r--', 'group:1001:r--', 'mask::r--', 'other::rw-'])
        as_user(1000, lambda: fails(errno.EACCES, os.open, 'f', os.O_RDWR))
        as_user(1002, lambda: os.close(os.open('f', os.O_RDWR)))
        os.chmod('f', 0o670)
        as_user(1000, lambda: os.close(os.open('f', os.O_RDWR)))
        as_user(1002, lambda: fails(errno.EACCES, os.open, 'f', os.O_RDONLY))
        kept = os.getxattr('f', 'system.posix_acl_access')
        os.rename('f', 'g')
        os.link('g', 'f')
        same(os.getxattr('f', 'system.posix_acl_access'), kept)
        subprocess.run(['cp', '-a', 'f', 'h'], check=True)
        same(os.getxattr('h', 'system.posix_acl_access'), kept)
        fails(errno.EINVAL, os.setxattr, 'f', 'system.posix_acl_access', b'\\2\\0\\0\\0abc')
        same(os.getxattr('f', 'system.posix_acl_access'), kept)
        """);
  }

  @Test
  void whatIsMadeBelowADefaultListHasIt() {
    FS.python(
        """
        os.mkdir('d')
        os.chmod('.', 0o755)
        os.chmod('d', 0o777)
        if not DIRECT:
            done = subprocess.run(['setfacl', '-d', '-m', 'u:1000:rw', 'd'], capture_output=True, text=True)
            assert done.returncode != 0 and 'not supported' in done.stderr, done
            sys.exit()
        subprocess.run(['setfacl', '-d', '-m', 'u::rwx,g::r-x,o::-,u:1000:rwx', 'd'], check=True)
        def show(name):
            return subprocess.run(['getfacl', '-cpEn', name], capture_output=True, text=True, check=True).stdout.split()
        def mode(name):
            return stat.S_IMODE(os.lstat(name).st_mode)
        # The umask does not apply where there is a default list.
        os.umask(0o077)
        os.close(os.open('d/f', os.O_RDWR | os.O_CREAT, 0o666))
        same(mode('d/f'), 0o660)
        same(show('d/f'), ['user::rw-', 'user:1000:rwx', 'group::r-x', 'mask::rw-', 'other::---'])
        os.mkdir('d/sub', 0o777)
        same(mode('d/sub'), 0o770)
        same(show('d/sub'), ['user::rwx', 'user:1000:rwx', 'group::r-x', 'mask::rwx', 'other::---',
            'default:user::rwx', 'default:user:1000:rwx', 'default:group::r-x', 'default:mask::rwx',
            'default:other::---'])
        os.mkfifo('d/p', 0o666)
        same(mode('d/p'), 0o660)
        os.symlink('x', 'd/l')
        same(mode('d/l'), 0o777)
        put('d/sub/deep', b'deep')
        as_user(1000, lambda: same(get('d/sub/deep'), b'deep'))
        as_user(1001, lambda: fails(errno.EACCES, os.open, 'd/sub/deep', os.O_RDONLY))
        fd = os.open('d', os.O_TMPFILE | os.O_RDWR, 0o666)
        linkfd(fd, 'd/t')
        same(mode('d/t'), 0o660)
        same(show('d/t')[1], 'user:1000:rwx')
        # Elsewhere it does.
        os.mkdir('e', 0o777)
        os.close(os.open('e/f', os.O_RDWR | os.O_CREAT, 0o666))
        same((mode('e'), mode('e/f')), (0o700, 0o600))
        os.umask(0)
        os.close(os.open('e/g', os.O_RDWR | os.O_CREAT, 0o666))
        same(mode('e/g'), 0o666)
        subprocess.run(['setfacl', '-k', 'd'], check=True)
        os.umask(0o027)
        os.close(os.open('d/g', os.O_RDWR | os.O_CREAT, 0o666))
        same(mode('d/g'), 0o640)
        """);
  }
}
