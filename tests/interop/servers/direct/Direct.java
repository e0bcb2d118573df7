import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.mail.BodyPart;
import javax.mail.internet.MimeMultipart;
import org.nhindirect.stagent.DefaultNHINDAgent;
import org.nhindirect.stagent.IncomingMessage;
import org.nhindirect.stagent.NHINDAddress;
import org.nhindirect.stagent.NHINDAddressCollection;
import org.nhindirect.stagent.cert.X509CertificateEx;
import org.nhindirect.stagent.cert.impl.UniformCertificateStore;
import org.nhindirect.stagent.mail.notifications.Notification;
import org.nhindirect.stagent.mail.notifications.NotificationMessage;
import org.nhindirect.stagent.mail.notifications.NotificationType;
import org.nhindirect.stagent.trust.DefaultTrustAnchorResolver;
import org.slf4j.LoggerFactory;

/** Reads each *.eml of a folder as the recipient's security and trust agent, and answers those that it takes. */
public class Direct {
    public static void main(String[] words) throws Exception {
        ((Logger) LoggerFactory.getLogger("ROOT")).setLevel(Level.OFF);
        Path folder = Path.of(words[0]);
        String domain = words[1];
        X509CertificateEx own = own(folder.resolve("them.p12"));
        X509Certificate sender = certificate(folder.resolve("us.pem"));
        DefaultNHINDAgent agent = agent(domain, own, sender, certificate(folder.resolve("anchor.pem")));
        DefaultNHINDAgent stranger = agent(domain, own, sender, certificate(folder.resolve("foreign.pem")));
        try (var files = Files.newDirectoryStream(folder, "*.eml")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                IncomingMessage read = judged(name, agent, text);
                judged(name + " by a stranger", stranger, text);
                if (read != null) {
                    keep(read, folder.resolve(name + "-parts"));
                    for (NotificationType kind : List.of(
                            NotificationType.Processed, NotificationType.Dispatched, NotificationType.Displayed,
                            NotificationType.Failed)) {
                        answer(agent, read, kind, folder.resolve(name + "-" + kind.name().toLowerCase()));
                    }
                }
            }
        }
    }

    static IncomingMessage judged(String name, DefaultNHINDAgent agent, String text) {
        try {
            IncomingMessage read = agent.processIncoming(text);
            System.out.println(name + "\ttaken\t" + read.getSenderSignatures().size() + "\t"
                + read.getDomainRecipients().get(0).getStatus());
            return read;
        } catch (Exception problem) {
            System.out.println(name + "\trefused\t" + problem.getClass().getSimpleName() + " " + problem.getMessage());
            return null;
        }
    }

    static void keep(IncomingMessage read, Path folder) throws Exception {
        Files.createDirectories(folder);
        MimeMultipart parts = (MimeMultipart) read.getMessage().getContent();
        for (int number = 0; number < parts.getCount(); number++) {
            BodyPart part = parts.getBodyPart(number);
            try (InputStream content = part.getInputStream()) {
                Files.write(folder.resolve(part.getFileName() == null ? "words" : part.getFileName()), content.readAllBytes());
            }
        }
    }

    static void answer(DefaultNHINDAgent agent, IncomingMessage read, NotificationType kind, Path file) throws Exception {
        Notification said = new Notification(kind);
        if (kind == NotificationType.Dispatched) {
            said.setExtensions(List.of("X-DIRECT-FINAL-DESTINATION-DELIVERY"));
        }
        NotificationMessage made = NotificationMessage.createNotificationFor(read.getMessage(), said);
        NHINDAddress from = read.getDomainRecipients().get(0);
        made.setFrom(from);
        NHINDAddressCollection to = NHINDAddressCollection.create(List.of(read.getSender()));
        var sent = agent.processOutgoing(made.toString(), to, from);
        Files.writeString(file, sent.serializeMessage(), StandardCharsets.ISO_8859_1);
    }

    static DefaultNHINDAgent agent(String domain, X509CertificateEx own, X509Certificate sender, X509Certificate anchor) {
        return new DefaultNHINDAgent(domain, new UniformCertificateStore(own), new UniformCertificateStore(sender),
            new DefaultTrustAnchorResolver(List.of(anchor)));
    }

    static X509Certificate certificate(Path file) throws Exception {
        try (InputStream content = new FileInputStream(file.toFile())) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(content);
        }
    }

    static X509CertificateEx own(Path file) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream content = new FileInputStream(file.toFile())) {
            store.load(content, "made-up".toCharArray());
        }
        String alias = store.aliases().nextElement();
        PrivateKey key = (PrivateKey) store.getKey(alias, "made-up".toCharArray());
        return X509CertificateEx.fromX509Certificate((X509Certificate) store.getCertificate(alias), key);
    }
}
