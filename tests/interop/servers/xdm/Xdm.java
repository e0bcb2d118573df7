import java.io.File;
import java.util.logging.LogManager;
import org.nhindirect.xd.common.DirectDocument2;
import org.nhindirect.xd.common.XdmPackage;

/** Prints what the Direct Project's own classes read in an XDM package: a line for the whole, and one a document. */
public class Xdm {
    public static void main(String[] words) throws Exception {
        LogManager.getLogManager().reset();
        var read = XdmPackage.fromXdmZipFile(new File(words[0])).getDocuments();
        var whole = read.getSubmissionSet();
        System.out.println(String.join("\t", "SET", whole.getName(), whole.getUniqueId(), whole.getContentTypeCode(),
            whole.getIntendedRecipient().get(0), whole.getAuthorTelecommunication()));
        for (DirectDocument2 one : read.getDocuments()) {
            var known = one.getMetadata();
            if (known.getURI() != null) { // a file that it cannot match with its entry stands without one
                System.out.println(String.join("\t", "DOCUMENT", known.getURI(), known.getMimeType(), known.getLoinc(),
                    known.getFormatCode(), known.getUniqueId(), known.getHash(), String.valueOf(known.getSize())));
            }
        }
    }
}
