// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * The filesystem's daemon is killed under a database that is at work, round after round: the
 * database recovers, its books balance, and every commit that a client was told of is there.
 */
final class DatabaseProof implements AutoCloseable {
  /** At least so many commits were told before the kill. */
  private static final int MIN_COMMITS = 100;

  private static final int MAX_COMMITS = 100_000;
  private static final long POLL_MILLIS = 20;
  private static final int MAX_DELAY_MILLIS = 3000;

  private static final String BOOKS =
      "select (select sum(abalance) from pgbench_accounts),"
          + " (select sum(bbalance) from pgbench_branches),"
          + " (select sum(tbalance) from pgbench_tellers),"
          + " (select coalesce(sum(delta), 0) from pgbench_history)";

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
        database.createDatabase();
        database.run("pgbench", "-q", "-i", "-s", Integer.toString(scale));
        database.query("create table told (number bigint primary key)");
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
    long first;
    List<String> told;
    try (Database database = Database.start(sandbox)) {
      first = 1 + Long.parseLong(database.query("select coalesce(max(number), 0) from told"));
      told = killUnder(database, seed, first);
    }
    sandbox.zonefsj("umount", sandbox.mountPoint().toString()).orFail();
    assertThat(sandbox.isMounted()).isFalse();
    sandbox.fsck();
    sandbox.mount();
    try (Database database = Database.start(sandbox)) {
      verify(database, first, told);
      database.stop();
    }
    return told.size() + " commits are there";
  }

  /** Answers the numbers whose commit was told. */
  private List<String> killUnder(Database database, long seed, long first)
      throws IOException, InterruptedException {
    Path script = sandbox.keep().resolve("script");
    Files.write(
        script,
        LongStream.range(first, first + MAX_COMMITS)
            .mapToObj(DatabaseProof::commitAndTell)
            .toList());
    String random = "--random-seed=" + seed;
    try (Child work = database.client("pgbench", "-n", "-c", "4", "-j", "2", "-T", "3600", random);
        Child commits =
            database.client("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", script.toString())) {
      while (commits.output().lines().count() < MIN_COMMITS) {
        assertThat(work.isAlive() && commits.isAlive())
            .as(work.errors() + commits.errors())
            .isTrue();
        Thread.sleep(POLL_MILLIS);
      }
      Thread.sleep(new Random(seed).nextInt(MAX_DELAY_MILLIS));
      sandbox.killDaemon();
      // The server that cannot reach its files ends them; what is left of it is ended here.
      database.abandon();
      assertThat(work.await(Sandbox.COMMAND_TIMEOUT).exitCode()).as("pgbench").isNotZero();
      Child.Result result = commits.await(Sandbox.COMMAND_TIMEOUT);
      assertThat(result.exitCode()).as(result.errors()).isNotZero();
      return result.output().lines().toList();
    }
  }

  /** The number is printed when its commit was acknowledged. */
  private static String commitAndTell(long number) {
    return "insert into told values (" + number + ");\n\\echo " + number;
  }

  private static void verify(Database database, long first, List<String> told)
      throws IOException, InterruptedException {
    List<String> sums = List.of(database.query(BOOKS).split("\\|", -1));
    assertThat(sums).as("sums of accounts, branches, tellers, history").hasSize(4);
    assertThat(sums.stream().distinct().toList()).as(sums.toString()).hasSize(1);
    String present =
        database.query("select number from told where number >= " + first + " order by number");
    List<String> expected =
        LongStream.range(first, first + told.size())
            .mapToObj(Long::toString)
            .collect(Collectors.toList());
    assertThat(told).as("what psql was told").isEqualTo(expected);
    List<String> rows = present.lines().toList();
    // The one in flight may be in.
    assertThat(rows.size()).isBetween(expected.size(), expected.size() + 1);
    assertThat(rows.subList(0, expected.size())).isEqualTo(expected);
    database.run("pg_amcheck", "--install-missing", "--heapallindexed");
  }

  @Override
  public void close() throws IOException {
    sandbox.end();
  }
}
