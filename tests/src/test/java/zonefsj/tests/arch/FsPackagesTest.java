// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The arrows between the packages of fs are those drawn here, and point downwards only. */
class FsPackagesTest {
  private static final String ROOT = "zonefsj.fs";

  /**
   * Each package, and those that its classes use, in the order of the layers: no line names a
   * package of a line below it. An arrow that is gone is taken out here, too.
   */
  private static final String ARROWS =
      """
      .                  :
      data               :
      meta               :
      kit                : meta
      meta.memory        : . meta
      meta.run           : meta
      meta.rocks.image   : . meta.run
      meta.rocks         : . meta meta.rocks.image
      tree               : . data meta
      volume.stored      : . meta
      volume.state       : . data meta tree volume.stored
      volume.recovery    : . data meta volume.state volume.stored
      volume.commit      : . data meta meta.memory tree volume.state volume.stored
      volume.reclaim     : . data meta tree volume.commit volume.state volume.stored
      volume.scrub       : . data meta tree volume.commit volume.reclaim volume.state volume.stored
      volume.operations  : . data meta tree volume.commit volume.reclaim volume.state
      volume             : . data meta meta.memory meta.rocks tree volume.commit volume.operations volume.reclaim volume.recovery volume.scrub volume.state volume.stored
      volume.check       : . data meta meta.memory meta.rocks tree volume.commit volume.recovery volume.state volume.stored
      volume.dump        : . data meta volume.check volume.recovery volume.stored
      volume.tune        : . volume volume.check volume.recovery volume.stored
      volume.repair      : . data meta tree volume volume.check volume.commit volume.reclaim volume.recovery volume.state volume.stored
      fuse.protocol      : .
      fuse               : . fuse.protocol
      fuse.direct        : . fuse fuse.protocol
      fuse.jnr           : . fuse
      cli.host           : .
      cli.options        : .
      cli.logging        : cli.options
      cli.control        : . cli.host cli.options volume
      cli.terminal       : . cli.control volume
      cli.command        : . cli.logging cli.options cli.terminal
      cli.drive          : . cli.command cli.control cli.host cli.options cli.terminal volume volume.stored
      cli.bench          : . cli.command cli.control cli.drive cli.host cli.options cli.terminal
      cli.completion     : cli.options
      cli.top            : . cli.command cli.control cli.drive cli.host cli.options cli.terminal volume
      monitor            : cli.control cli.host cli.options cli.terminal meta volume volume.stored
      cli.daemon         : . cli.control cli.drive cli.host cli.options cli.terminal fuse monitor volume volume.stored
      cli                : . cli.bench cli.command cli.completion cli.control cli.daemon cli.drive cli.host cli.logging cli.options cli.terminal cli.top fuse fuse.direct fuse.jnr volume volume.check volume.dump volume.repair volume.tune
      """;

  private static Map<String, Set<String>> drawn() {
    Map<String, Set<String>> arrows = new TreeMap<>();
    for (String line : ARROWS.lines().toList()) {
      String[] sides = line.split(":", -1);
      Set<String> targets = new TreeSet<>(Set.of(sides[1].strip().split(" +")));
      targets.remove("");
      assertThat(arrows.keySet()).as("arrows of %s point downwards", line).containsAll(targets);
      arrows.put(sides[0].strip(), targets);
    }
    return arrows;
  }

  private static Map<String, Set<String>> found() {
    JavaClasses classes = new ClassFileImporter().importPackages(ROOT);
    Map<String, Set<String>> arrows = new TreeMap<>();
    for (JavaClass type : classes) {
      String from = shortName(type);
      Set<String> targets = arrows.computeIfAbsent(from, name -> new TreeSet<>());
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass().getBaseComponentType();
        if ((target.getPackageName() + ".").startsWith(ROOT + ".")) {
          targets.add(shortName(target));
        }
      }
      targets.remove(from);
    }
    return arrows;
  }

  /** The name of a class's package without that of the root, which is a point. */
  private static String shortName(JavaClass type) {
    String name = type.getPackageName().substring(ROOT.length());
    return name.isEmpty() ? "." : name.substring(1);
  }

  @Test
  void theArrowsAreThoseDrawn() {
    assertThat(found()).isEqualTo(drawn());
  }
}
