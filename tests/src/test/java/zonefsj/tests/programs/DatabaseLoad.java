// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Work on a database: the accounts of pgbench, and beside it a client that is told of each commit.
 * All of it must be there afterwards.
 */
final class DatabaseLoad implements AutoCloseable {
  private static final int MAX_COMMITS = 100_000;
  private static final long POLL_MILLIS = 20;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final String BOOKS =
      "select (select sum(abalance) from pgbench_accounts),"
          + " (select sum(bbalance) from pgbench_branches),"
          + " (select sum(tbalance) from pgbench_tellers),"
          + " (select coalesce(sum(delta), 0) from pgbench_history)";

  private final long first;
  private final Child work;
  private final Child commits;

  private DatabaseLoad(long first, Child work, Child commits) {
    this.first = first;
    this.work = work;
    this.commits = commits;
  }

  /**
   * Fills a new database.
   *
   * @param scale of pgbench: 100,000 accounts, 15 MB each
   */
  static void prepare(Database database, int scale) throws IOException, InterruptedException {
    database.createDatabase();
    database.run("pgbench", "-q", "-i", "-s", Integer.toString(scale));
    database.query("create table told (number bigint primary key)");
  }

  /** Begins the work. */
  static DatabaseLoad start(Sandbox sandbox, Database database, long seed)
      throws IOException, InterruptedException {
    long first = 1 + Long.parseLong(database.query("select coalesce(max(number), 0) from told"));
    Path script = sandbox.keep().resolve("script");
    Files.write(
        script,
        LongStream.range(first, first + MAX_COMMITS)
            .mapToObj(DatabaseLoad::commitAndTell)
            .toList());
    String random = "--random-seed=" + seed;
    Child work = database.client("pgbench", "-n", "-c", "4", "-j", "2", "-T", "3600", random);
    return new DatabaseLoad(
        first,
        work,
        database.client("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", script.toString()));
  }

  /** The number is printed when its commit was acknowledged. */
  private static String commitAndTell(long number) {
    return "insert into told values (" + number + ");\n\\echo " + number;
  }

  /** Waits for more commits. Fails if the work has ended. */
  void awaitMore(int count) throws IOException, InterruptedException {
    long wanted = told().size() + (long) count;
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (told().size() < wanted) {
      assertGoesOn();
      assertThat(System.nanoTime()).as("commits are made").isLessThan(deadline);
      Thread.sleep(POLL_MILLIS);
    }
    assertGoesOn();
  }

  private void assertGoesOn() throws IOException {
    assertThat(work.isAlive() && commits.isAlive()).as(work.errors() + commits.errors()).isTrue();
  }

  /** The numbers whose commit was told. */
  List<String> told() throws IOException {
    return commits.output().lines().toList();
  }

  /** Ends the two programs; answers the numbers whose commit was told. */
  List<String> end(Sandbox sandbox) throws IOException, InterruptedException {
    assertGoesOn();
    for (Child program : List.of(commits, work)) {
      sandbox.run(List.of("kill", Long.toString(program.pid()))).orFail();
    }
    work.await(Sandbox.COMMAND_TIMEOUT);
    return commits.await(Sandbox.COMMAND_TIMEOUT).output().lines().toList();
  }

  /** The two programs fail, because the database has gone away. */
  List<String> awaitFailure() throws IOException, InterruptedException {
    assertThat(work.await(Sandbox.COMMAND_TIMEOUT).exitCode()).as("pgbench").isNotZero();
    Child.Result result = commits.await(Sandbox.COMMAND_TIMEOUT);
    assertThat(result.exitCode()).as(result.errors()).isNotZero();
    return result.output().lines().toList();
  }

  /** Checks the books, each commit that was told, and every index. */
  void verify(Database database, List<String> told) throws IOException, InterruptedException {
    List<String> sums = List.of(database.query(BOOKS).split("\\|", -1));
    assertThat(sums).as("sums of accounts, branches, tellers, history").hasSize(4);
    assertThat(sums.stream().distinct().toList()).as(sums.toString()).hasSize(1);
    String present =
        database.query("select number from told where number >= " + first + " order by number");
    List<String> expected =
        LongStream.range(first, first + told.size()).mapToObj(Long::toString).toList();
    assertThat(told).as("what psql was told").isEqualTo(expected);
    List<String> rows = present.lines().toList();
    // The one in flight may be in.
    assertThat(rows.size()).isBetween(expected.size(), expected.size() + 1);
    assertThat(rows.subList(0, expected.size())).isEqualTo(expected);
    database.run("pg_amcheck", "--install-missing", "--heapallindexed");
  }

  /** Ends the work. */
  @Override
  public void close() throws IOException {
    try (work) {
      commits.close();
    }
  }
}
