// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.protocol;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseErrors;
import zonefsj.fs.fuse.direct.RequestHandler;
import zonefsj.fs.fuse.protocol.Opcode;
import zonefsj.tests.model.ReferenceFileSystem;

/**
 * Sends requests that no kernel sends to the handler, over the reference and over the real
 * filesystem: nothing is thrown, each is answered as the kernel needs it, none meets a bug, and the
 * filesystem is whole afterwards.
 */
public final class ProtocolProof {
  /** As many as the gate sends. */
  public static final long REQUESTS_BY_DEFAULT = 10_000;

  /** Requests to one filesystem; then a new one is made. */
  private static final int ROUND = 1000;

  private static final byte[] ANY_GETATTR = new byte[16];

  private ProtocolProof() {}

  /**
   * Sends round after round and prints each that fails, with the command that repeats it.
   *
   * @param seed of the first round; the next one has the next number
   * @param count how many requests, to each of the two filesystems
   * @param limit stops earlier when it has passed; null for no limit
   * @return how many rounds failed
   */
  public static long prove(long seed, long count, @Nullable Duration limit, PrintStream out) {
    long begin = System.nanoTime();
    long tried = 0;
    long failed = 0;
    for (long round = 0;
        tried < count && (limit == null || System.nanoTime() - begin < limit.toNanos());
        round++) {
      int length = (int) Math.min(ROUND, count - tried);
      tried += length;
      for (boolean real : List.of(false, true)) {
        try {
          play(seed + round, length, real);
        } catch (AssertionError | Exception wrong) {
          failed++;
          wrong.printStackTrace(out);
          out.printf(
              "%s: repeat with: tests/prove protocol --seed %d --count %d%n",
              real ? "volume" : "reference", seed + round, length);
        }
      }
    }
    out.printf("protocol: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }

  private static void play(long seed, int length, boolean real) throws IOException {
    if (!real) {
      play(seed, length, new ReferenceFileSystem());
      return;
    }
    try (MemoryVolume volume = new MemoryVolume(seed)) {
      play(seed, length, volume.fileSystem());
      List<?> findings = volume.closeAndCheck().findings();
      if (!findings.isEmpty()) {
        throw new AssertionError("the drive is damaged: " + findings);
      }
    }
  }

  private static void play(long seed, int length, ZoneFileSystem fileSystem) {
    Logger errors = (Logger) LoggerFactory.getLogger(FuseErrors.class);
    Logger handler = (Logger) LoggerFactory.getLogger(RequestHandler.class);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    // What malformed requests are answered is said at length, and only a bug is of interest.
    errors.setAdditive(false);
    errors.addAppender(said);
    Level before = handler.getLevel();
    handler.setLevel(Level.OFF);
    try {
      Requester requester = new Requester(fileSystem);
      long keeper = keeper(requester);
      ProtocolFuzzer fuzzer = new ProtocolFuzzer(new SplittableRandom(seed), requester);
      for (int index = 0; index < length; index++) {
        try {
          fuzzer.step();
          expectWhole(requester, keeper);
          expectNoBug(said);
        } catch (AssertionError | RuntimeException wrong) {
          throw new AssertionError("request " + index, wrong);
        }
      }
      requester.send(Opcode.MKDIR, 1, new Body().u32(0755, 0).name("afterwards").build());
      expect(requester, Opcode.LOOKUP, 1, new Body().name("afterwards").build());
      fileSystem.forgetAll();
    } catch (IOException | zonefsj.fs.ErrnoException wrong) {
      throw new AssertionError(wrong);
    } finally {
      handler.setLevel(before);
      errors.detachAppender(said);
      errors.setAdditive(true);
    }
  }

  /** A directory whose name no request can guess. */
  private static long keeper(Requester requester) {
    Requester.Answer made =
        requester.send(Opcode.MKDIR, 1, new Body().u32(0755, 0).name("the keeper").build());
    return made.body().getLong(made.body().position());
  }

  private static void expectWhole(Requester requester, long keeper) {
    expect(requester, Opcode.GETATTR, keeper, ANY_GETATTR);
    Requester.Answer found =
        expect(requester, Opcode.LOOKUP, 1, new Body().name("the keeper").build());
    if (found.body().getLong(found.body().position()) != keeper) {
      throw new AssertionError("the keeper is another one now");
    }
  }

  private static Requester.Answer expect(
      Requester requester, Opcode opcode, long node, byte[] body) {
    Requester.Answer answer = requester.send(opcode, node, body);
    if (answer.error() != 0) {
      throw new AssertionError(opcode + " is answered " + answer.error());
    }
    return answer;
  }

  private static void expectNoBug(ListAppender<ILoggingEvent> said) {
    for (ILoggingEvent event : said.list) {
      if (event.getLevel() == Level.ERROR) {
        AssertionError bug = new AssertionError(event.getFormattedMessage());
        if (event.getThrowableProxy() instanceof ch.qos.logback.classic.spi.ThrowableProxy proxy) {
          bug.initCause(proxy.getThrowable());
        }
        throw bug;
      }
    }
    said.list.clear();
  }
}
