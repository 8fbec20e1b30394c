// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Random;

/**
 * The filesystem's daemon is killed under a database that is at work, round after round: the
 * database recovers, its books balance, and every commit that a client was told of is there.
 */
final class DatabaseProof implements AutoCloseable {
  /** At least so many commits were told before the kill. */
  private static final int MIN_COMMITS = 100;

  private static final int MAX_DELAY_MILLIS = 3000;

  private final Sandbox sandbox = new Sandbox(false);

  /**
   * Makes the database.
   *
   * @param scale of pgbench: 100,000 accounts, 15 MB each
   */
  DatabaseProof(int scale) throws IOException, InterruptedException {
    boolean ready = false;
    try {
      sandbox.open();
      sandbox.createDrive();
      sandbox.mount();
      Database.create(sandbox);
      try (Database database = Database.start(sandbox)) {
        DatabaseLoad.prepare(database, scale);
        database.stop();
      }
      ready = true;
    } finally {
      if (!ready) {
        sandbox.close();
      }
    }
  }

  /** Mounted before and after; answers how many commits were there. */
  String round(long seed) throws IOException, InterruptedException {
    try (Database database = Database.start(sandbox);
        DatabaseLoad load = DatabaseLoad.start(sandbox, database, seed)) {
      load.awaitMore(MIN_COMMITS);
      Thread.sleep(new Random(seed).nextInt(MAX_DELAY_MILLIS));
      sandbox.killDaemon();
      // The server that cannot reach its files ends them; what is left of it is ended here.
      database.abandon();
      List<String> told = load.awaitFailure();
      sandbox.zonefsj("umount", sandbox.mountPoint().toString()).orFail();
      assertThat(sandbox.isMounted()).isFalse();
      sandbox.fsck();
      sandbox.mount();
      try (Database recovered = Database.start(sandbox)) {
        load.verify(recovered, told);
        recovered.stop();
      }
      return told.size() + " commits are there";
    }
  }

  @Override
  public void close() throws IOException {
    sandbox.end();
  }
}
