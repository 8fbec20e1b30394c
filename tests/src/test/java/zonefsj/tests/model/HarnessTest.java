// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.RenameMode;
import zonefsj.fs.ZoneFileSystem;

/** The harness finds what is broken, and makes it short. */
final class HarnessTest {
  private static final int MOST_SEEDS = 40;

  /** Answers a call of a filesystem, rightly or not. */
  @FunctionalInterface
  private interface Call {
    @Nullable Object answer(ZoneFileSystem real, String method, @Nullable Object[] arguments)
        throws Exception;
  }

  /** The reference, with every call going through {@code call}. */
  private static ModelSubject.Factory broken(Call call) {
    return (seed, clock) -> {
      ReferenceFileSystem reference = new ReferenceFileSystem(clock);
      ZoneFileSystem proxy =
          (ZoneFileSystem)
              Proxy.newProxyInstance(
                  HarnessTest.class.getClassLoader(),
                  new Class<?>[] {ZoneFileSystem.class},
                  (self, method, arguments) ->
                      call.answer(
                          reference,
                          method.getName(),
                          arguments == null ? new Object[0] : arguments));
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

  private static @Nullable Object forward(
      ZoneFileSystem real, String method, @Nullable Object[] arguments) throws Exception {
    for (var candidate : ZoneFileSystem.class.getMethods()) {
      if (candidate.getName().equals(method)) {
        try {
          return candidate.invoke(real, arguments);
        } catch (InvocationTargetException e) {
          if (e.getCause() instanceof Exception cause) {
            throw cause;
          }
          throw e;
        }
      }
    }
    throw new IllegalArgumentException(method);
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
    assertThat(firstReport(broken(HarnessTest::forward))).isEqualTo("nothing found");
  }

  @Test
  void findsALostByte() {
    assertFoundAndShort(
        broken(
            (real, method, arguments) -> {
              if (method.equals("write") && arguments[2] instanceof ByteBuffer source) {
                int length = source.remaining();
                if (length > 9000) {
                  source.limit(source.limit() - 1);
                  forward(real, method, arguments);
                  source.limit(source.limit() + 1).position(source.limit());
                  return length;
                }
              }
              return forward(real, method, arguments);
            }),
        6);
  }

  @Test
  void findsACopyThatIsTooShort() {
    assertFoundAndShort(
        broken(
            (real, method, arguments) -> {
              if (method.equals("copy") && arguments[4] instanceof Long length && length > 1) {
                arguments[4] = length - 1;
                Object copied = forward(real, method, arguments);
                return copied instanceof Long count && count == length - 1 ? length : copied;
              }
              return forward(real, method, arguments);
            }),
        8);
  }

  @Test
  void findsADefaultListThatIsNotHandedDown() {
    assertFoundAndShort(
        broken(
            (real, method, arguments) -> {
              Object answer = forward(real, method, arguments);
              if (method.equals("makeDirectory") && answer instanceof Attributes made) {
                real.removeXattr(
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
            (real, method, arguments) -> {
              if (method.equals("rename") && arguments[5] == RenameMode.EXCHANGE) {
                arguments[5] = RenameMode.REPLACE;
              }
              return forward(real, method, arguments);
            }),
        5);
  }

  @Test
  void findsAWrongLinkCount() {
    assertFoundAndShort(
        broken(
            (real, method, arguments) -> {
              Object answer = forward(real, method, arguments);
              if (method.equals("attributes")
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
