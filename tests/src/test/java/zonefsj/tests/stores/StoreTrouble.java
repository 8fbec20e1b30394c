// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import java.io.IOException;

/** What can happen to the servers of a store. For one thread. */
public interface StoreTrouble {
  /** Ends a server that others stand in for, as if its host had lost power. */
  void loseOne() throws IOException;

  /** Ends what no other server stands in for, or starts it again. */
  void setRunning(boolean running) throws IOException;
}
