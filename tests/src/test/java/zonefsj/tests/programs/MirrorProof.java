// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A mirror of two images under a database that is at work. One image is deleted and replaced, then
 * the other one; bits of one image flip; the images grow and shrink. The database sees nothing of
 * it, and every commit that a client was told of is there.
 */
final class MirrorProof implements AutoCloseable {
  private static final String SIZE = "1G";
  private static final String GROWN_SIZE = "4G";
  private static final long GROWN_BYTES = 4L << 30;
  private static final Pattern ZONES = Pattern.compile("in (\\d+) zones");
  private static final Pattern REPAIRED = Pattern.compile("(\\d+) repaired from another copy");

  private final Sandbox sandbox = new Sandbox(false);
  private final List<Path> members;
  private final int commits;
  private final int flips;
  private final long flipMillis;

  /** Of an image that replaces another one. */
  private String size = SIZE;

  /**
   * Makes the mirror and the database.
   *
   * @param scale of pgbench: 100,000 accounts, 15 MB each
   * @param commits at least so many are made between two changes of the mirror
   * @param flips number of bits that flip; some of them in data that have become garbage
   * @param flipMillis time between two flips
   */
  MirrorProof(int scale, int commits, int flips, long flipMillis)
      throws IOException, InterruptedException {
    this.commits = commits;
    this.flips = flips;
    this.flipMillis = flipMillis;
    boolean ready = false;
    try {
      sandbox.open();
      this.members = Stream.of("a.img", "b.img").map(sandbox.home()::resolve).toList();
      sandbox.createMirror(members, SIZE);
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

  /** Deletes and replaces the images; mounted before and after. Answers what was seen. */
  String replace(long seed) throws IOException, InterruptedException {
    Path first = members.get((int) (seed & 1));
    Path second = members.get(1 - (int) (seed & 1));
    List<String> told;
    try (Database database = Database.start(sandbox);
        DatabaseLoad load = DatabaseLoad.start(sandbox, database, seed)) {
      load.awaitMore(commits);
      Files.delete(first);
      sandbox.awaitMember(first, "missing");
      load.awaitMore(commits);
      sandbox.createImage(first, size);
      sandbox.awaitMember(first, "current");
      load.awaitMore(commits);
      Files.delete(second);
      sandbox.awaitMember(second, "missing");
      load.awaitMore(commits);
      told = load.end(sandbox);
      database.stop();
      sandbox.umount();
      sandbox.fsck();
      sandbox.mount();
      try (Database again = Database.start(sandbox)) {
        load.verify(again, told);
        again.stop();
      }
    }
    sandbox.createImage(second, size);
    sandbox.awaitMember(second, "current");
    return told.size() + " commits are there";
  }

  /** Flips bits of one image; mounted before and after. Answers what was seen. */
  String rot(long seed) throws IOException, InterruptedException {
    List<String> told;
    try (Database database = Database.start(sandbox);
        DatabaseLoad load = DatabaseLoad.start(sandbox, database, seed)) {
      load.awaitMore(commits);
      try (ImageFlips rotten = new ImageFlips(members.get((int) (seed & 1)), seed)) {
        for (int flip = 0; flip < flips; flip++) {
          rotten.flip();
          Thread.sleep(flipMillis);
        }
      }
      load.awaitMore(commits);
      scrubbed();
      // Of what was written before it, the first one has left nothing.
      assertThat(scrubbed()).as("places that a second scrub repairs").isZero();
      told = load.end(sandbox);
      load.verify(database, told);
      database.stop();
    }
    double wrong = sandbox.status("wrong_reads");
    assertThat(wrong).as("reads of wrong bytes").isPositive();
    assertThat(sandbox.status()).contains("errors       none");
    sandbox.umount();
    sandbox.fsck();
    sandbox.mount();
    return flips + " bits flipped, " + (long) wrong + " reads had wrong bytes";
  }

  /** Lets both images grow and shrink; mounted before and after. Answers what was seen. */
  String resize(long seed) throws IOException, InterruptedException {
    Matcher zones = ZONES.matcher(sandbox.status());
    assertThat(zones.find()).isTrue();
    String before = zones.group(1);
    String mount = sandbox.mountPoint().toString();
    List<String> told;
    try (Database database = Database.start(sandbox);
        DatabaseLoad load = DatabaseLoad.start(sandbox, database, seed)) {
      load.awaitMore(commits);
      for (Path member : members) {
        lengthen(member);
      }
      size = GROWN_SIZE;
      sandbox.zonefsj("grow", mount).orFail();
      load.awaitMore(commits);
      String words = sandbox.zonefsj("shrink", mount, "--zones", before).orFail();
      assertThat(words).contains("the filesystem has " + before + " zones");
      load.awaitMore(commits);
      told = load.end(sandbox);
      load.verify(database, told);
      database.stop();
    }
    sandbox.umount();
    sandbox.fsck();
    sandbox.mount();
    return told.size() + " commits are there after growth and back";
  }

  private static void lengthen(Path image) throws IOException {
    try (FileChannel file = FileChannel.open(image, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(1), GROWN_BYTES - 1);
    }
  }

  /** Scrubs everything; answers how many places were repaired. */
  private long scrubbed() throws IOException, InterruptedException {
    String words =
        sandbox.zonefsj("scrub", "--start-over", sandbox.mountPoint().toString()).orFail();
    assertThat(words).contains("nothing is damaged");
    Matcher repaired = REPAIRED.matcher(words);
    return repaired.find() ? Long.parseLong(repaired.group(1)) : 0;
  }

  @Override
  public void close() throws IOException {
    sandbox.end();
  }
}
