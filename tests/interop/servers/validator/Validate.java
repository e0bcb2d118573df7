import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.NpmPackageValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

/** Judges FHIR R4 files by HAPI's own validator and US Core 6.1.0, and prints a line for each thing it has to say. */
public class Validate {
  public static void main(String[] files) throws Exception {
    FhirContext context = FhirContext.forR4();
    NpmPackageValidationSupport usCore = new NpmPackageValidationSupport(context);
    usCore.loadPackageFromClasspath("classpath:us_core_610.tgz");
    ValidationSupportChain chain =
        new ValidationSupportChain(
            usCore,
            new DefaultProfileValidationSupport(context),
            new CommonCodeSystemsTerminologyService(context),
            new InMemoryTerminologyServerValidationSupport(context),
            new SnapshotGeneratingValidationSupport(context));
    FhirInstanceValidator instance = new FhirInstanceValidator(chain);
    FhirValidator validator = context.newValidator().registerValidatorModule(instance);
    for (String file : files) {
      String name = Path.of(file).getFileName().toString();
      System.out.println("READ\t" + name);
      for (SingleValidationMessage one : validator.validateWithResult(Files.readString(Path.of(file))).getMessages()) {
        String words = one.getMessage().replaceAll("\\s+", " ");
        System.out.println(one.getSeverity() + "\t" + name + "\t" + one.getLocationString() + "\t" + words);
      }
    }
  }
}
