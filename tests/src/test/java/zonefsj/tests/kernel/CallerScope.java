package zonefsj.tests.kernel;

import com.sun.jna.Native;
import java.io.IOException;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;

/**
 * While it is open, system calls are made with the umask of a caller. The umask is one for all
 * threads of the process; nobody else makes files meanwhile.
 */
final class CallerScope implements AutoCloseable {
  private final int umask;

  CallerScope(Caller caller) {
    if (caller.uid() != 0) {
      throw new IllegalArgumentException("only root: " + caller);
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
  }
}
