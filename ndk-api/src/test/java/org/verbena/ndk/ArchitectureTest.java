package org.verbena.ndk;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The packages of the provider, as its package-info lists them: no reference runs up. */
class ArchitectureTest {
  private static final String PROVIDER = "org.verbena.ndk.verbs";
  private static final JavaClasses CLASSES =
      new ClassFileImporter().importPath(Path.of("target/classes"));

  @Test
  void roomsKnowOnlyThoseUnderThem() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("facade")
        .definedBy(PROVIDER)
        .layer("cm")
        .definedBy(PROVIDER + ".cm")
        .layer("queue")
        .definedBy(PROVIDER + ".queue")
        .layer("memory")
        .definedBy(PROVIDER + ".memory")
        .layer("adapter")
        .definedBy(PROVIDER + ".adapter")
        .layer("status")
        .definedBy(PROVIDER + ".status")
        .layer("API")
        .definedBy("org.verbena.ndk", "org.verbena.ndk.extension")
        .whereLayer("facade")
        .mayOnlyBeAccessedByLayers("API") // see below
        .whereLayer("cm")
        .mayOnlyBeAccessedByLayers("facade")
        .whereLayer("queue")
        .mayOnlyBeAccessedByLayers("facade", "cm")
        .whereLayer("memory")
        .mayOnlyBeAccessedByLayers("facade", "cm", "queue")
        .whereLayer("adapter")
        .mayOnlyBeAccessedByLayers("facade", "cm", "queue", "memory")
        .whereLayer("status")
        .mayOnlyBeAccessedByLayers("facade", "cm", "queue", "memory", "adapter")
        .check(CLASSES);
  }

  @Test
  void onlyTheFactoryMethodsOfNdkAdapterSeeTheProvider() {
    noClasses()
        .that()
        .resideOutsideOfPackage(PROVIDER + "..")
        .and()
        .doNotHaveFullyQualifiedName(NdkAdapter.class.getName())
        .should()
        .dependOnClassesThat()
        .resideInAPackage(PROVIDER + "..")
        .check(CLASSES);
  }

  @Test
  void onlyTheProviderSeesTheBinding() {
    noClasses()
        .that()
        .resideOutsideOfPackage(PROVIDER + "..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.verbena.binding.rdma")
        .check(CLASSES);
  }

  @Test
  void noClassesOfTheProviderDependOnEachOther() {
    slices().assignedFrom(new OutermostClasses()).should().beFreeOfCycles().check(CLASSES);
  }

  private static final class OutermostClasses implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass candidate) {
      if (!candidate.getPackageName().startsWith(PROVIDER)) {
        return SliceIdentifier.ignore();
      }
      JavaClass outermost = candidate;
      while (outermost.getEnclosingClass().isPresent()) {
        outermost = outermost.getEnclosingClass().get();
      }
      return SliceIdentifier.of(outermost.getSimpleName());
    }

    @Override
    public String getDescription() {
      return "classes of the provider";
    }
  }
}
