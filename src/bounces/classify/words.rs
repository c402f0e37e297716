//! What English replies say, from the most telling phrase to the faintest.
//!
//! The order is the rule: what names the sender comes before what names the recipient ("sender's domain does not
//! exist"), what refuses us before what a refusal happens to quote, the recipient's own affairs before the provider's
//! general words ("mailbox is blocked" is no block of ours). Phrases are in the form of `plain.rs`.

use super::plain::Plain;
use super::recipient_words;
use crate::bounces::reason::Reason::{self, *};

/// A reason and the phrases for it, between bars.
pub(super) type Rule = (Reason, &'static str);

/// What is said plainly.
pub fn plain(plain: &Plain) -> Option<Reason> {
    find(plain, SENDER).or_else(|| find(plain, recipient_words::RULES)).or_else(|| find(plain, MAIL))
}

/// What happens to every sender: faults of networks and servers.
pub fn passing(plain: &Plain) -> Option<Reason> {
    find(plain, PASSING)
}

/// What is hinted at: general phrases, for when no code says more.
pub fn hint(plain: &Plain) -> Option<Reason> {
    find(plain, HINTS)
}

pub(super) fn find(plain: &Plain, rules: &[Rule]) -> Option<Reason> {
    rules.iter().find(|(_, phrases)| plain.says_any(phrases)).map(|(reason, _)| *reason)
}

/// What refuses the sender.
const SENDER: &[Rule] = &[
    // Exchange and Office 365 name the cause in one word.
    (MessageTooBig, "recipsizelimit|sendersizelimit"),
    (SystemError, "resolver adr ambig"),
    (RecipientRestricted, "notauthorized|notauthenticatedforgroup|resolver rst|authrequired|dllimit"),
    (UserUnknown, "recipnotfound|recipientnotfound|resolver adr|recipient address rejected access denied"),
    (MailboxFull, "quotaexceeded|mailboxfull"),
    // One person's own list, not a provider's.
    (
        Filtered,
        "blocked by the recipient|blocked by recipient|not accept mail from you|recipient*blacklisted\
         |blacklisted recipient",
    ),
    (RateLimited, "excessive"),
    // Gmail's and others' words for a mailbox that is flooded.
    (MailboxBusy, "user you are trying to contact is receiving mail|recipient is receiving mail too"),
    // Google's notice about a group speaks every language, and says "not found, or not allowed".
    (RecipientRestricted, "groups google"),
    (Network, "malformed or unexpected name server|too many hops|hop count|mail loop|loops back|routing loop"),
    // The sender is unknown, not the recipient.
    (
        RejectedSender,
        "sender address rejected|sender rejected|sender verif|your domain*exist|your domain*resolve\
         |your host*exist|your host*resolve|your server*resolve|mail from*exist|helo*not exist|ehlo*not exist\
         |verification failed for|invalid dns mx|sender verify|sender callback|sender denied|sender domain\
         |sender s domain|senders domain|domain of sender|domain of the sender|sender unknown|unknown sender\
         |invalid sender|bad sender|sender address*not exist|sender address*invalid|sender does not exist\
         |sender not exist|sender is invalid|sender was rejected|sender is not allowed|sender blocked\
         |blocked sender|sender is blocked|banned sender|outbound sender|return address*not valid|return path*not\
         |envelope sender*not|mail from domain*not exist|from domain*does not|mail from address*not exist\
         |originator*unknown|bad helo|invalid helo|helo command rejected|ehlo command rejected|helo name\
         |not accept mail from|not accept email from|refuse mail from|accept bounces|from your address\
         |callout verification failed|not*allowed to send mail from|sender*not*accepted|from address*rejected\
         |unable to verify sender|cannot verify sender|domain has no mail exchangers|sender*must*exist\
         |message*rejected*from your domain",
    ),
    // A notice for a mail that we never sent, or a null sender: nothing was said of a recipient.
    (
        RejectedSender,
        "batv|backscatter|third party dsn|null sender|null envelope|empty envelope|empty sender|unsigned dsn\
         |not owned by user|address is not verified|gateway user",
    ),
    (
        SendingQuota,
        "sending quota|message quota exceeded|sending limit|maximum sending rate|sending rate exceeded\
         |hourly limit|outgoing message limit|outbound limit|plan limit|monthly quota|daily message quota\
         |sending messages*quota|daily smtp relay limit",
    ),
    (SystemError, "temporary authentication|tls not available"),
    (
        RateLimited,
        "unusual rate|rate limit|ratelimit|rate exceeded|throttl|too many concurrent|too many connection\
         |unexpected volume",
    ),
    (
        AuthenticationFailed,
        " dmarc|purported responsible|invalid ip| spf | spf2| dkim |domainkeys|unauthenticated\
         |sender policy framework|sender id*fail|authentication checks|authentication level|not authenticated\
         |fails to pass authentication",
    ),
    (
        MissingPtr,
        "reverse dns| ptr | rdns|cannot find your hostname|cannot find your reverse|reverse hostname|no reverse\
         |reverse lookup|reverse ip|dns name*not*match|does not resolve to|forward confirmed\
         |client host rejected cannot find|client host rejected*not found|client*hostname\
         |hostname*not found client|name lookup failed for your|resolve your ip|not have a valid hostname\
         |missing reverse|reverse name|your ip address*does not resolve",
    ),
    // The relay speaks of our own account.
    (SecurityRequired, "your account has|your account is|your account was|your password"),
    // A list is named: that is why, whatever the code says.
    (
        BlockedIp,
        "spamhaus|spamcop|sorbs|dnsbl|dnsrbl| rbl| sbl | xbl | pbl |blocked using|blacklist|black list|blocklist\
         |block list|denylist|deny list|senderbase|senderscore|barracudacentral|abuseat|listed in*spam|listed at\
         |is listed|ip*banned|banned*ip|ip*is blocked|ip*has been blocked|ip address*blocked|ip address*rejected\
         |your ip|your network|s3140| sc 001| sc 002| sc 003| sc 004| dy 001| dy 002| ou 001| ou 002|werent sent\
         |host network not|s3150|too many spam|permanently deferred|host*is blocked|client host*blocked\
         |connections*not*accepted from|connection refused by*policy|not accept*connection*from|sending ip\
         |sending server*blocked|connection*blocked|blocked by*reputation|server*blocked|domain*blacklisted\
         |csi cloudmark",
    ),
    (PolicyRefused, "reputation|senders*not*whitelist"),
];

/// What is wrong with this mail, or with how it came.
const MAIL: &[Rule] = &[
    (
        RateLimited,
        "too many connection|too many message|too many mail|too many recipient|too many concurrent\
         |too many session|too many error|too many hops*rate|too many bad|too much mail|too fast|too quickly\
         |too frequent|rate limit|ratelimit|rate exceeded|rate of unsolicited|unusual rate|throttl|slow down\
         |temporarily deferred|server busy|server is busy|exceeded the rate|limit exceeded|frequency limit| tss0\
         | ts01 | ts02 | rp cel| rp trc| rp rcl| hl ifc| hl mep| mi dmc|connection limit|concurrent connections\
         |unexpected volume|message limit|trop de connexions|zu viele|connection rate|exceeded*connections\
         |connections*exceeded",
    ),
    (Virus, "virus|malware|trojan|infected| worm |phish"),
    (
        SpamContent,
        " spam|unsolicited|junk|bulk mail|bulk email|message content|content denied|content rejected\
         |due to content|content policy|content filter|cloudmark|suspicious|suspicion| dt spm|spamassassin\
         |looks like|advertis| uce | ube |score*exceed|message*scored|rejected by filter|banned content",
    ),
    (
        ContentRefused,
        "attachment|executable|banned file|prohibited content|file type|unacceptable content\
         |message contains*not allowed|forbidden content|contains*prohibited|content*violat|prohibited*file\
         |bad extension|mime type*not|zip file|content*not*acceptable|restricted content",
    ),
    (
        MalformedMessage,
        "rfc 5322|rfc5322|rfc 2822|rfc2822|rfc 822|rfc822|not rfc compliant|not compliant|message id*missing\
         |missing message id|missing from|missing date|multiple from|no resent from|field given\
         |multiple addresses in from|messages without|duplicate header|invalid header|malformed|bare lf\
         |bare line feed|bare newline|8 bit|8bit|eight bit|mime error|bad header|header*missing|header*invalid\
         |headers*missing|header*required|unparsable|smtputf8|non ascii|conversion*not|cannot convert\
         |conversion required|syntax error in header|binary data|nested too|lacks*header|invalid mime\
         |unencoded characters|header syntax|message format|null character",
    ),
    (PolicyRefused, "policy reasons|policy violation|policy restriction|local policy|policy rejection|security policy"),
    (
        RelayDenied,
        "relay access denied|not hosted here|not handled here|relaying denied|relay denied|relay not permitted\
         |relaying not|not permitted to relay|unable to relay|relaying prohibited|we do not relay|relaying is\
         |rcpthosts|cannot relay|no relay|relay operation rejected|not a gateway|relay*not allowed|relay from\
         |relay to|not an open relay|relaying disallowed|relay not allowed|not allowed to relay|use of mail relay\
         |relay*prohibited|insecure mail relay|relaying*denied|mail relay*denied|denied*relay|relay attempt",
    ),
    (
        SecurityRequired,
        "starttls|tls required|must issue a|encryption required|requires encryption|authentication required\
         |authentication is required|smtp auth|must authenticate|must be authenticated|requires authentication\
         |authentication credentials|authenticate first|username and password|password*incorrect|sasl\
         |authorization required|bad credentials|check your mail before sending|pop before smtp\
         |authentication failed|authentication failure",
    ),
];

const PASSING: &[Rule] = &[
    (
        Network,
        "mail loop|loops back|loop detected|too many hops|hop count|routing loop|mail forwarding loop\
         |connection refused|not reachable|connection timed out|connection timeout|connection reset\
         |connection dropped|connection lost|lost connection|connection failed|could not connect|cannot connect\
         |unable to connect|couldnt connect|connect failed|failed to connect|network is unreachable\
         |network unreachable|no route to host|host is unreachable|host unreachable|operation timed out|timed out\
         |name server timeout|server timeout|dns*fail|lookup failure|lookup failed|name service|temporary dns\
         |dns error|dns query|broken pipe|conversation*timed|connection died|connection closed\
         |connection*terminated|no response|not respond|does not answer|not answering|unable to open connection\
         |cname lookup|delivery loop|looping|domain lookup|host is down|system*not available|host*down\
         |remote*disconnect|closed connection|no data record|unable to lookup|remote server returned an error\
         |relay*unreachable|ssl*error|tls*handshake",
    ),
    (
        Expired,
        "delivery expired|message expired|queue expired|expired after|retry timeout exceeded\
         |retry time not reached|too long on queue|too long in queue|been in the queue too long\
         |in the queue too long|in queue too long|could not be delivered for|could not be delivered within\
         |could not deliver*within|giving up on|message timed out|not delivered*within|gave up\
         |delivery time expired|delivery timed out|all attempts|retry limit|maximum time|undelivered for\
         |not be delivered*days|unable to deliver*days|tried*days|tried*hours|for the last*hours\
         |for the past*hours|for more than|message delayed|will keep trying|will be retried|still being attempted\
         |i wasnt able to establish an smtp connection|delivery attempts|exceeded*retries|max retries",
    ),
    (
        SystemError,
        "system error|internal error|server error|internal server|local error|configuration error\
         |configuration problem|misconfigured|misconfiguration|system config|insufficient system\
         |insufficient disk|out of memory|cannot open|cant open|cant create|cannot create|unable to create\
         |no such file|no space left|disk full|permission denied|temporary problem|temporary system\
         |temporary failure|temporary local|temporarily unavailable|service unavailable|service not available\
         |service currently unavailable|program exited|pipe to|local delivery failed|error writing|write error\
         |i o error|lookup*backend|ldap|database|unexpected failure|deadlock|command failed|local problem\
         |resources temporarily|server configuration|bad file|exit status|unable to run|command died\
         |error in processing|processing error|mailer*error|mail quota system|interrupted|file system|script*fail\
         |bounced by*procmail|system is not|unknown mailer error|stack overflow",
    ),
    (
        NotAccepting,
        "not accepting|not able to accept|does not accept mail|doesnt accept mail|not accept any mail\
         |no mail service|not receiving|cannot receive|not able to receive|cant receive|unable to receive\
         |smtp service*not|does not accept|no smtp service|service is not available|not configured to receive\
         |mail server is not",
    ),
    (
        ProtocolError,
        "syntax error|command not implemented|not implemented|bad sequence|out of order|need mail|need rcpt\
         |unrecognized command|command not recognized|protocol error|command unrecognized|pipelining\
         |bare carriage|out of sequence|unknown command|invalid command|bad command|bad syntax|syntactically\
         |unexpected response",
    ),
];

const HINTS: &[Rule] = &[
    (
        PolicyRefused,
        "policy|policies|prohibited|banned|abuse|blocked|proofpoint|barracuda|unwanted|complaint|violat\
         |security reason",
    ),
    (
        UserUnknown,
        "mailbox unavailable|account is unavailable|account unavailable|unavailable mailbox\
         |mailbox not available|mailbox is unavailable|mailbox unavaiable",
    ),
    // A refusal without the cause.
    (
        PolicyRefused,
        "not allowed to send|access denied|access not allowed|administrative prohibition|administratively\
         |denied by|not*welcome|we do not accept|transaction failed|refused by|unacceptable|you are not*allowed\
         |not permitted|administrator|mail*refused|message*refused|service refuse",
    ),
    (Deferred, "try again|try later|please wait|come back later|retry later|retrying later|resend later|deferred"),
    (
        Filtered,
        "recipient address rejected|recipient rejected|rejected*recipient|mailbox name not allowed\
         |delivery not authorized|message*rejected|rejected|message*denied|denied|refused|not accept|not deliver\
         |filter|discarded|undeliverable|unable to deliver|cannot deliver|cannot be delivered\
         |could not be delivered|not be delivered|delivery failed|not allowed",
    ),
];
