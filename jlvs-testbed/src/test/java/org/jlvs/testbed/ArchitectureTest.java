package org.jlvs.testbed;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Lock;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may use whom: the table of modules in docs/ARCHITECTURE.md. */
class ArchitectureTest {
  private static final Set<String> MODULES =
      Set.of("core", "linux", "xdp", "ipvsadm", "monitor", "cli", "server", "testbed");

  private static JavaClasses all;

  @BeforeAll
  static void readClasses() {
    all =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.jlvs");
  }

  @Test
  void everyClassBelongsToAModuleOfTheTable() {
    assertThat(all)
        .isNotEmpty()
        .allSatisfy(type -> assertThat(MODULES).contains(type.getPackageName().split("\\.", 4)[2]));
  }

  @ParameterizedTest
  @CsvSource({
    "core,",
    "linux,",
    "xdp,core linux",
    "ipvsadm,core",
    "monitor,core",
    "cli,core ipvsadm",
    "server,core linux xdp ipvsadm monitor cli",
  })
  void aModuleUsesOnlyTheModulesItMay(String module, String mayUse) {
    List<String> used = mayUse == null ? List.of() : List.of(mayUse.split(" "));
    String[] allowed =
        Stream.concat(Stream.of(module), used.stream())
            .map(name -> "org.jlvs." + name + "..")
            .toArray(String[]::new);
    classes()
        .that(resideInAPackage("org.jlvs." + module + ".."))
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(allowed).or(DescribedPredicate.not(resideInAPackage("org.jlvs.."))))
        .allowEmptyShould(true)
        .check(all);
  }

  @ParameterizedTest
  @CsvSource({"core", "linux", "ipvsadm", "cli"})
  void aModuleNeedsNothingButJavaBase(String module) {
    classes()
        .that(resideInAPackage("org.jlvs." + module + ".."))
        .should()
        .onlyDependOnClassesThat(
            resideInAPackage("org.jlvs..")
                .or(resideInAPackage("org.jspecify.annotations"))
                .or(IN_JAVA_BASE))
        .allowEmptyShould(true)
        .check(all);
  }

  @Test
  void theCommandLineCallsNoForeignFunctions() {
    noClasses()
        .that(resideInAnyPackage("org.jlvs.cli..", "org.jlvs.ipvsadm.."))
        .should()
        .dependOnClassesThat(resideInAPackage("java.lang.foreign.."))
        .as("the command line starts in a blink: a first foreign call costs it some 80 ms")
        .allowEmptyShould(true)
        .check(all);
  }

  @Test
  void theCoreReadsNoClockStartsNoThreadAndDoesNoInput() {
    noClasses()
        .that(resideInAPackage("org.jlvs.core.."))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("java.io..", "java.nio.file..", "java.nio.channels..")
                .and(DescribedPredicate.not(EXCEPTION)))
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .dependOnClassesThat(
            JavaClass.Predicates.assignableTo(Thread.class)
                .or(JavaClass.Predicates.assignableTo(Executor.class))
                .or(JavaClass.Predicates.assignableTo(Lock.class)))
        .check(all);
  }

  @Test
  void packagesOfAModuleFormNoCircles() {
    SlicesRuleDefinition.slices()
        .matching("org.jlvs.linux.(*)..")
        .should()
        .beFreeOfCycles()
        .check(all);
  }

  private static final DescribedPredicate<JavaClass> EXCEPTION =
      DescribedPredicate.describe("are exceptions", type -> type.isAssignableTo(Throwable.class));

  private static final DescribedPredicate<JavaClass> IN_JAVA_BASE =
      DescribedPredicate.describe(
          "are of java.base",
          type ->
              type.getBaseComponentType().isPrimitive()
                  || ModuleLayer.boot()
                      .findModule("java.base")
                      .orElseThrow()
                      .getPackages()
                      .contains(type.getBaseComponentType().getPackageName()));
}
