// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import zonefsj.tests.stores.StoreServer;

/**
 * A mirror of two Redis servers under a database that is at work. One server is killed and starts
 * again, the other one falls silent and answers again. The database waits at most for the limit of
 * a member, and every commit that a client was told of is there.
 */
final class AwayStoreProof implements AutoCloseable {
  /** A silent member is left out after so long. */
  private static final int LIMIT_SECONDS = 15;

  private final Sandbox sandbox = new Sandbox(false);
  private final List<StoreServer> servers = new ArrayList<>();
  private final int commits;

  /**
   * Makes the mirror and the database.
   *
   * @param scale of pgbench: 100,000 accounts, 15 MB each
   * @param commits at least so many are made between two changes of the mirror
   */
  AwayStoreProof(int scale, int commits) throws IOException, InterruptedException {
    this.commits = commits;
    boolean ready = false;
    try {
      sandbox.open();
      for (String store : List.of("a", "b")) {
        servers.add(StoreServer.redis(Files.createDirectory(sandbox.home().resolve(store))));
      }
      sandbox.use(mirror(",size=2G,zone-size=16M"));
      sandbox.zonefsj("mkfs", sandbox.drive()).orFail();
      sandbox.use(mirror(",limit=" + LIMIT_SECONDS));
      sandbox.mount();
      Database.create(sandbox);
      try (Database database = Database.start(sandbox)) {
        DatabaseLoad.prepare(database, scale);
        database.stop();
      }
      ready = true;
    } finally {
      if (!ready) {
        close();
      }
    }
  }

  private String mirror(String options) {
    return "mirror(" + member(0) + options + ")," + member(1) + options + "))";
  }

  private String member(int index) {
    return "redis(port=" + servers.get(index).port();
  }

  /** Takes each server away for a while; mounted before and after. Answers what was seen. */
  String round(long seed) throws IOException, InterruptedException {
    StoreServer killed = servers.get((int) (seed & 1));
    StoreServer silent = servers.get((int) (1 - (seed & 1)));
    List<String> told;
    try (Database database = Database.start(sandbox);
        DatabaseLoad load = DatabaseLoad.start(sandbox, database, seed)) {
      load.awaitMore(commits);
      killed.kill();
      sandbox.awaitMember(killed.port(), "missing");
      load.awaitMore(commits);
      killed.restart();
      sandbox.awaitMember(killed.port(), "current");
      load.awaitMore(commits);
      silent.freeze(true);
      sandbox.awaitMember(silent.port(), "missing");
      load.awaitMore(commits);
      silent.freeze(false);
      sandbox.awaitMember(silent.port(), "current");
      load.awaitMore(commits);
      told = load.end(sandbox);
      load.verify(database, told);
      database.stop();
      sandbox.umount();
      sandbox.fsck();
      sandbox.mount();
      try (Database again = Database.start(sandbox)) {
        load.verify(again, told);
        again.stop();
      }
    }
    return told.size() + " commits are there";
  }

  @Override
  public void close() throws IOException {
    try {
      sandbox.end();
    } finally {
      servers.forEach(StoreServer::close);
    }
  }
}
