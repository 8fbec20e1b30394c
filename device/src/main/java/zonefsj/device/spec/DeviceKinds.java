// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.spec;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * The kinds of drives that are installed. Thread-safe. What is found stays: after an upgrade of the
 * running program, its files are those of another version.
 */
public final class DeviceKinds {
  /** Guarded by its own monitor; keeps what it has loaded, and where it goes on. */
  private static final ServiceLoader<DeviceKind> KINDS =
      ServiceLoader.load(DeviceKind.class, DeviceKind.class.getClassLoader());

  private DeviceKinds() {}

  /** The kind of a name; loads the kinds before it in the list of services only. */
  public static Optional<DeviceKind> find(String name) {
    synchronized (KINDS) {
      for (DeviceKind kind : KINDS) {
        if (kind.name().equals(name)) {
          return Optional.of(kind);
        }
      }
      return Optional.empty();
    }
  }

  /** All kinds, by name. */
  public static List<DeviceKind> all() {
    List<DeviceKind> kinds = new ArrayList<>();
    synchronized (KINDS) {
      KINDS.forEach(kinds::add);
    }
    kinds.sort(Comparator.comparing(DeviceKind::name));
    return List.copyOf(kinds);
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
