import ca.uhn.hapi.fhir.cdshooks.api.json.CdsServiceResponseJson;
import ca.uhn.hapi.fhir.cdshooks.api.json.CdsServicesJson;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Reads a discovery, or an answer with cards, as HAPI's CDS Hooks classes do, and prints how much is in it. */
public class Cards {
  public static void main(String[] arguments) throws Exception {
    ObjectMapper reader = new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, true);
    JsonNode document = reader.readTree(System.in);
    if (document.has("services")) {
      System.out.println(reader.treeToValue(document, CdsServicesJson.class).getServices().size() + " services");
    } else {
      System.out.println(reader.treeToValue(document, CdsServiceResponseJson.class).getCards().size() + " cards");
    }
  }
}
