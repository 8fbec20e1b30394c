// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** The kinds of drives that are installed. Thread-safe. */
public final class DeviceKinds {
  private DeviceKinds() {}

  /** The kind of a name; loads the kinds before it in the list of services only. */
  public static Optional<DeviceKind> find(String name) {
    for (DeviceKind kind :
        ServiceLoader.load(DeviceKind.class, DeviceKind.class.getClassLoader())) {
      if (kind.name().equals(name)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  /** All kinds, by name. */
  public static List<DeviceKind> all() {
    return ServiceLoader.load(DeviceKind.class, DeviceKind.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .sorted(Comparator.comparing(DeviceKind::name))
        .toList();
  }

  /** What to say about a name that no kind has: the nearest name, or all. */
  public static String unknown(String name) {
    List<String> names = all().stream().map(DeviceKind::name).toList();
    String known =
        NearestName.isMistyped(name, names)
            ? "; did you mean '" + NearestName.of(name, names).orElseThrow() + "'?"
            : "; known are " + String.join(", ", names);
    return "unknown kind '" + name + "'" + known;
  }
}
