// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneJudge;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;

/** The base of all wrappers keeps the contract, and forwards every method there is. */
class FilterZonedDeviceTest extends ConcurrentAccessContractTest {
  @Override
  protected ZonedDevice create(EmulatedGeometry geometry) {
    return new Plain(RamZonedDevice.create(geometry));
  }

  static List<Method> methods() {
    return Arrays.stream(ZonedDevice.class.getMethods())
        .filter(method -> !Modifier.isStatic(method.getModifiers()))
        .toList();
  }

  @Test
  void everyMethodIsOverridden() throws NoSuchMethodException {
    assertThat(methods()).hasSizeGreaterThanOrEqualTo(11);
    for (Method method : methods()) {
      // Throws if there is none.
      Method own =
          FilterZonedDevice.class.getDeclaredMethod(method.getName(), method.getParameterTypes());
      assertThat(Modifier.isAbstract(own.getModifiers())).as("%s", own).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void everyMethodIsForwarded(Method method) throws Exception {
    List<Method> calls = new ArrayList<>();
    List<Object> passed = new ArrayList<>();
    Object answer = answer(method.getReturnType());
    Object[] arguments =
        Arrays.stream(method.getParameterTypes()).map(FilterZonedDeviceTest::sample).toArray();
    Object result = method.invoke(new Plain(recorder(calls, passed, answer)), arguments);
    assertThat(calls).containsExactly(method);
    assertThat(passed).containsExactly(arguments);
    assertThat(result).isEqualTo(answer);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void failuresComeThrough(Method method) throws Exception {
    IllegalStateException failure = new IllegalStateException("from below");
    ZonedDevice failing =
        (ZonedDevice)
            Proxy.newProxyInstance(
                ZonedDevice.class.getClassLoader(),
                new Class<?>[] {ZonedDevice.class},
                (proxy, called, arguments) -> {
                  throw failure;
                });
    Object[] arguments =
        Arrays.stream(method.getParameterTypes()).map(FilterZonedDeviceTest::sample).toArray();
    assertThatThrownBy(() -> method.invoke(new Plain(failing), arguments))
        .isInstanceOf(InvocationTargetException.class)
        .cause()
        .isSameAs(failure);
  }

  @Test
  void tellsWhatItWraps() throws IOException {
    try (RamZonedDevice ram = RamZonedDevice.create(Devices.geometry())) {
      Plain filter = new Plain(ram);
      assertThat(filter.delegate()).isSameAs(ram);
      assertThat(filter).hasToString("Plain(mem:4M)");
    }
  }

  private static ZonedDevice recorder(
      List<Method> calls, List<Object> passed, @Nullable Object answer) {
    return (ZonedDevice)
        Proxy.newProxyInstance(
            ZonedDevice.class.getClassLoader(),
            new Class<?>[] {ZonedDevice.class},
            (proxy, called, arguments) -> {
              calls.add(called);
              passed.addAll(arguments == null ? List.of() : Arrays.asList(arguments));
              return answer;
            });
  }

  private static @Nullable Object answer(Class<?> type) {
    if (type == int.class) {
      return 42;
    }
    return type == long.class ? 42L : null;
  }

  private static Object sample(Class<?> type) {
    if (type == int.class) {
      return 7;
    }
    if (type == long.class) {
      return 8L * Devices.BLOCK;
    }
    if (type == ZoneJudge.class) {
      ZoneJudge judge = (zone, lengthBytes, copy, other) -> false;
      return judge;
    }
    return type.isArray() ? new ByteBuffer[] {ByteBuffer.allocate(1)} : ByteBuffer.allocate(1);
  }

  private static final class Plain extends FilterZonedDevice {
    Plain(ZonedDevice delegate) {
      super(delegate);
    }
  }
}
