// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.RenameMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.tests.fixture.InterceptedFileSystem;
import zonefsj.tests.fixture.InterceptedFileSystem.Call;
import zonefsj.tests.fixture.InterceptedFileSystem.Hook;

/** The harness finds what is broken, and makes it short. */
final class HarnessTest {
  private static final int MOST_SEEDS = 40;

  /** The reference, with every call going through {@code call}. */
  private static ModelSubject.Factory broken(Hook hook) {
    return (seed, clock) -> {
      ReferenceFileSystem reference = new ReferenceFileSystem(clock);
      ZoneFileSystem proxy = InterceptedFileSystem.of(reference, hook);
      ModelSubject inner = ModelSubject.ofReference(reference);
      return new ModelSubject() {
        @Override
        public ZoneFileSystem fileSystem() {
          return proxy;
        }

        @Override
        public void remount() throws Exception {
          inner.remount();
        }

        @Override
        public void close() throws IOException {
          inner.close();
        }
      };
    };
  }

  private static String firstReport(ModelSubject.Factory factory) {
    ModelHarness harness = new ModelHarness(factory);
    for (long seed = 1; seed <= MOST_SEEDS; seed++) {
      String report = harness.run(seed, ModelHarness.DEFAULT_LENGTH);
      if (report != null) {
        return report;
      }
    }
    return "nothing found";
  }

  private static void assertFoundAndShort(ModelSubject.Factory factory, int mostSteps) {
    String report = firstReport(factory);
    assertThat(report).contains("repeat with: tests/prove model --count 1 --seed ");
    int steps = Integer.parseInt(report.lines().skip(1).findFirst().orElse("").split(" ", 2)[0]);
    assertThat(steps).as(report).isBetween(1, mostSteps);
  }

  @Test
  void findsNothingInTheReferenceItself() {
    assertThat(firstReport(broken(Call::goOn))).isEqualTo("nothing found");
  }

  @Test
  void findsALostByte() {
    assertFoundAndShort(
        broken(
            call -> {
              if (call.is("write") && call.arguments()[2] instanceof ByteBuffer source) {
                int length = source.remaining();
                if (length > 9000) {
                  source.limit(source.limit() - 1);
                  call.goOn();
                  source.limit(source.limit() + 1).position(source.limit());
                  return length;
                }
              }
              return call.goOn();
            }),
        6);
  }

  @Test
  void findsACopyThatIsTooShort() {
    assertFoundAndShort(
        broken(
            call -> {
              if (call.is("copy") && call.arguments()[5] instanceof Long length && length > 1) {
                call.arguments()[5] = length - 1;
                Object copied = call.goOn();
                return copied instanceof Long count && count == length - 1 ? length : copied;
              }
              return call.goOn();
            }),
        8);
  }

  @Test
  void findsADefaultListThatIsNotHandedDown() {
    assertFoundAndShort(
        broken(
            call -> {
              Object answer = call.goOn();
              if (call.is("makeDirectory") && answer instanceof Attributes made) {
                call.fileSystem()
                    .removeXattr(
                        Caller.ROOT, made.inode(), ReferenceNode.bytes(ReferenceAcl.DEFAULT));
              }
              return answer;
            }),
        5);
  }

  @Test
  void findsAnExchangeThatReplaces() {
    assertFoundAndShort(
        broken(
            call -> {
              if (call.is("rename") && call.arguments()[5] == RenameMode.EXCHANGE) {
                call.arguments()[5] = RenameMode.REPLACE;
              }
              return call.goOn();
            }),
        5);
  }

  @Test
  void findsAWrongLinkCount() {
    assertFoundAndShort(
        broken(
            call -> {
              Object answer = call.goOn();
              if (call.is("attributes")
                  && answer instanceof Attributes a
                  && a.isRegular()
                  && a.linkCount() == 2) {
                return new Attributes(
                    a.inode(),
                    a.generation(),
                    a.mode(),
                    1,
                    a.uid(),
                    a.gid(),
                    a.device(),
                    a.sizeBytes(),
                    a.allocatedBytes(),
                    a.accessTime(),
                    a.modifyTime(),
                    a.changeTime(),
                    a.birthTime());
              }
              return answer;
            }),
        8);
  }

  @Test
  void findsARemountThatForgets() {
    ModelSubject.Factory forgetful =
        (seed, clock) ->
            new ModelSubject() {
              private ReferenceFileSystem current = new ReferenceFileSystem(clock);

              @Override
              public ZoneFileSystem fileSystem() {
                return current;
              }

              @Override
              public void remount() {
                current = new ReferenceFileSystem(clock);
              }

              @Override
              public void close() {
                current.remount();
              }
            };
    assertFoundAndShort(forgetful, 3);
  }

  @Test
  void theSameSeedIsTheSameSequence() {
    List<Operation> first = new Generator(new SplittableRandom(5)).sequence(500);
    List<Operation> second = new Generator(new SplittableRandom(5)).sequence(500);
    assertThat(first).isEqualTo(second);
    assertThat(first).isNotEqualTo(new Generator(new SplittableRandom(6)).sequence(500));
  }

  @Test
  void mostStepsDoSomething() {
    Generator generator = new Generator(new SplittableRandom(11));
    assertThat(generator.sequence(2000)).hasSize(2000);
    assertThat(generator.refused()).isLessThan(1100);
  }

  @Test
  void shrinksToWhatMatters() {
    List<Integer> sequence = IntStream.range(0, 400).boxed().toList();
    List<Integer> small =
        Shrinker.shrink(sequence, part -> part.containsAll(Arrays.asList(3, 77, 399)));
    assertThat(small).containsExactlyElementsOf(new ArrayList<>(List.of(3, 77, 399)));
  }
}
