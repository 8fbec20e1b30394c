// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.arch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayersTest {
  private static final String ROOT = "zonefsj.";

  /** Each module, and the modules that its classes may use beside its own. */
  private static final Map<String, Set<String>> MAY_USE =
      Map.of(
          "device", Set.of(),
          "stores", Set.of("device"),
          "zonemgr", Set.of("device"),
          "journal", Set.of("device", "zonemgr"),
          "gc", Set.of("device", "zonemgr"),
          "fs", Set.of("device", "zonemgr", "journal", "gc"),
          "tests", Set.of("device", "stores", "zonemgr", "journal", "gc", "fs"));

  /** Modules whose folders are within that of another one. */
  private static final Set<String> WITHIN_ANOTHER = Set.of("stores");

  private static final Pattern JAVADOC = Pattern.compile("/\\*\\*(.*?)\\*/", Pattern.DOTALL);
  private static final Pattern PACKAGE =
      Pattern.compile("^package ([a-z0-9.]+);$", Pattern.MULTILINE);

  /** The purpose, then a paragraph for each of the others. */
  private static final Pattern CONVENTION =
      Pattern.compile("\\s*\\w.*\n<p>Invariants: \\S.*\n<p>Threading: \\S.*", Pattern.DOTALL);

  /** Without those that JMH's annotation processor makes. */
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(location -> !location.contains("/jmh_generated/"))
          .importPackages("zonefsj");

  @ParameterizedTest
  @ValueSource(strings = {"device", "stores", "zonemgr", "journal", "gc", "fs", "tests"})
  void arrowsPointOnlyDownwards(String module) {
    assertThat(classes(inModule(module)))
        .as("classes of module %s that the rule is about", module)
        .anyMatch(type -> !isPackageInfo(type));
    Set<String> allowed = MAY_USE.getOrDefault(module, Set.of());
    String[] forbidden =
        MAY_USE.keySet().stream()
            .filter(other -> !other.equals(module) && !allowed.contains(other))
            .map(other -> ROOT + other + "..")
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage(ROOT + module + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(forbidden)
        .because("of the layers drawn in ARCHITECTURE.md")
        .check(CLASSES);
  }

  @Test
  void everyClassBelongsToAModule() {
    assertThat(classes(type -> MAY_USE.keySet().stream().noneMatch(m -> inModule(m).test(type))))
        .as("classes outside the modules %s", new TreeSet<>(MAY_USE.keySet()))
        .isEmpty();
  }

  @Test
  void onePackageKnowsRocksDb() {
    assertThat(packagesUsing(type -> true, "org.rocksdb")).containsExactly("zonefsj.fs.meta.rocks");
  }

  @Test
  void onePackageKnowsTheFuseBinding() {
    assertThat(packagesUsing(type -> true, "ru.serce")).containsExactly("zonefsj.fs.fuse.jnr");
  }

  /** Calls by jnr-ffi cost a tenth of those by JNA, which counts for each sector. */
  @Test
  void oneMorePackageMakesFastNativeCalls() {
    assertThat(packagesUsing(type -> true, "jnr", "com.kenai.jffi"))
        .containsExactly("zonefsj.device.crypt.openssl", "zonefsj.fs.fuse.jnr");
  }

  @Test
  void onePackageForDrivesAndOneForFuseMakeNativeCalls() {
    Predicate<JavaClass> host = type -> type.getPackageName().startsWith("zonefsj.fs.cli.");
    Predicate<JavaClass> product = inModule("tests").or(host).negate();
    assertThat(packagesUsing(product, "com.sun.jna"))
        .containsExactly("zonefsj.device.block", "zonefsj.fs.fuse.direct");
  }

  @Test
  void everyPackageIsNullMarked() {
    Set<String> marked = new TreeSet<>();
    Set<String> all = new TreeSet<>();
    for (JavaClass type : CLASSES) {
      all.add(type.getPackageName());
      if (isPackageInfo(type) && type.isAnnotatedWith(NullMarked.class)) {
        marked.add(type.getPackageName());
      }
    }
    assertThat(marked).as("packages with a @NullMarked package-info").hasSizeGreaterThan(5);
    assertThat(all).as("packages without a @NullMarked package-info").isSubsetOf(marked);
  }

  @Test
  void everyPackageSaysItsPurposeInvariantsAndThreading() throws IOException {
    Map<String, String> documented = packageDocumentation();
    Set<String> all = new TreeSet<>();
    classes(type -> true).forEach(type -> all.add(type.getPackageName()));
    assertThat(documented.keySet()).as("packages with a package-info").containsAll(all);
    Map<String, String> thin = new TreeMap<>(documented);
    thin.values().removeIf(words -> CONVENTION.matcher(words).matches());
    assertThat(thin.keySet())
        .as("packages whose package-info has no purpose, 'Invariants:' or 'Threading:'")
        .isEmpty();
  }

  /** The Javadoc of each package-info, from the sources: class files do not hold it. */
  private static Map<String, String> packageDocumentation() throws IOException {
    Map<String, String> documented = new TreeMap<>();
    Set<String> folders = new TreeSet<>(MAY_USE.keySet());
    folders.removeAll(WITHIN_ANOTHER);
    for (String module : folders) {
      try (Stream<Path> files = Files.walk(ShippedComponent.ROOT.resolve(module))) {
        for (Path file : files.filter(path -> path.endsWith("package-info.java")).toList()) {
          String source = Files.readString(file);
          Matcher javadoc = JAVADOC.matcher(source);
          Matcher name = PACKAGE.matcher(source);
          assertThat(name.find()).as("package of %s", file).isTrue();
          String words = javadoc.find() ? javadoc.group(1).replaceAll("\\n \\* ?", "\n") : "";
          documented.merge(name.group(1), words, String::concat);
        }
      }
    }
    return documented;
  }

  private static Predicate<JavaClass> inModule(String module) {
    return type -> (type.getPackageName() + ".").startsWith(ROOT + module + ".");
  }

  private static boolean isPackageInfo(JavaClass type) {
    return type.getSimpleName().equals("package-info");
  }

  private static List<JavaClass> classes(Predicate<JavaClass> which) {
    return CLASSES.stream().filter(which).toList();
  }

  private static Set<String> packagesUsing(Predicate<JavaClass> which, String... libraries) {
    Set<String> packages = new TreeSet<>();
    for (JavaClass type : classes(which)) {
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        String target = dependency.getTargetClass().getPackageName() + ".";
        for (String library : libraries) {
          if (target.startsWith(library + ".")) {
            packages.add(type.getPackageName());
          }
        }
      }
    }
    return packages;
  }
}
