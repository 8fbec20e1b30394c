// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.kernel;

import com.sun.jna.Native;
import java.io.IOException;
import java.util.Arrays;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;

/**
 * While it is open, system calls of this thread are made as a caller: his user, group and umask.
 *
 * <p>He has every capability but CAP_FSETID. So the kernel lets him do all that the filesystem lets
 * him do, which does not check permissions; but it treats set-ID bits as those of an ordinary user.
 *
 * <p>User, group and capabilities are the thread's; the umask is one for all threads of the
 * process, and nobody else makes files meanwhile.
 */
final class CallerScope implements AutoCloseable {
  private static final int CAP_FSETID = 4;
  private static final int[] CAPABILITY_HEADER = {0x20080522, 0};

  private final int umask;
  private final boolean ordinary;
  private final int[] capabilities = new int[6];
  private int[] groups = {};

  CallerScope(Caller caller) {
    ordinary = caller.uid() != 0;
    if (ordinary) {
      int[] found = new int[65536];
      int count = expect(KernelCalls.getgroups(found.length, found));
      groups = Arrays.copyOf(found, count);
      expect(KernelCalls.capget(CAPABILITY_HEADER.clone(), capabilities));
      if (count > 0) {
        expect(KernelCalls.setGroupsOfThread(0, new int[1]));
      }
      KernelCalls.setfsgid(caller.gid());
      KernelCalls.setfsuid(caller.uid()); // takes away the capabilities that concern files
      int[] all = capabilities.clone();
      all[0] &= ~(1 << CAP_FSETID);
      expect(KernelCalls.capset(CAPABILITY_HEADER.clone(), all));
    }
    umask = KernelCalls.umask(caller.umask());
  }

  /** What a system call answered; its error number is looked at before anything else is called. */
  long check(long answer) throws ErrnoException, IOException {
    if (answer < 0) {
      throw KernelErrors.of(Native.getLastError());
    }
    return answer;
  }

  @Override
  public void close() {
    KernelCalls.umask(umask);
    if (ordinary) {
      KernelCalls.setfsuid(0);
      KernelCalls.setfsgid(0);
      expect(KernelCalls.capset(CAPABILITY_HEADER.clone(), capabilities));
      if (groups.length > 0) {
        expect(KernelCalls.setGroupsOfThread(groups.length, groups));
      }
    }
  }

  private static int expect(int answer) {
    if (answer < 0) {
      throw new IllegalStateException("error number " + Native.getLastError());
    }
    return answer;
  }
}
