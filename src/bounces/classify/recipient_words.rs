//! What English replies say of a mailbox: full, closed, moved, unknown. Ordered like `words.rs`, which asks it.

use super::words::Rule;
use crate::bounces::reason::Reason::*;

/// What is the recipient's own affair.
pub const RULES: &[Rule] = &[
    (
        MailboxFull,
        "mailbox full|storage full|mailbox is full|mailbox*is full|mailbox*over|over quota|overquota|overdrawn\
         |diskspace quota|enough space|enough storage|over its quota|over their quota|over storage|quota exceeded\
         |quota is full|quota full|exceed*quota|quota*exceed|quota violation|quota limit|disk quota|out of quota\
         |quota*reached|above*quota|out of storage|mailbox exceed|mailbox has exceed|mailbox*exceeds\
         |storage*exceed|exceed*storage|size limit*mailbox|mailbox size limit|mailbox*too large|inbox is full\
         |inbox*full|is full|box full|full mailbox|insufficient*mailbox space|user*disk full|not enough*space\
         |mailbox*too big|too many messages in*mailbox|not enough disk space|no space left in|account*exceed\
         |storage limit|mail drop*full|maildir*full|maildrop size|too much mail data stored\
         |has too many messages on the server|no available space|full quota|exceeded the space|maildir over\
         |mailfolder is full|mailbox*capacity|insufficient storage|vouched*quota|user is overq",
    ),
    (
        MessageTooBig,
        "message size exceeds|message exceeds*size|message exceeds*maximum|message too large|message too big\
         |message is too large|message is too big|message*larger than|too large message|size*exceeds*maximum\
         |message*size limit|message size limit|maximum message size|mail size limit|max message size\
         |exceeds*size limit|mail too large|mail too big|exceeds size|exceeded*message size\
         |message length exceeds|size of*message*exceed|message file too big|file too large|message header size\
         |headers too large|line too long|too large*to*deliver|email*too large|email*too big|too many headers",
    ),
    (
        RecipientRestricted,
        "not authorized to send to|not permitted to send to|not allowed to send to|restricted recipient\
         |only accepts mail from|only accept mail from|only accepts messages from|members only|closed list\
         |posting to*restricted|not a member|not subscribed|only subscribers|subscribers only|allowed senders\
         |not authorized to post|not allowed to post|not accept messages from outside|internal*only\
         |external senders|not on the recipients|recipient*whitelist|permission to post|permissions to post\
         |posting members|senders are not allowed|not have permission to send|not accepting*outside|moderated\
         |isnt permitted to|refuses mail from outsiders|recipient*restrict|deliver*prohibited by recipient",
    ),
    (Greylisted, "greylist|graylist|grey list|gray list|postgrey|greylst|grey listed"),
    (OwnerChanged, "mailbox owner has changed|domain owner has changed|require recipient valid since"),
    (
        MailboxInactive,
        "account is disabled|has been disabled|suppression list|history of bouncing|bounced address\
         |account disabled|account*disabled|mailbox disabled|mailbox is disabled|mailbox*disabled|user*disabled\
         |recipient*disabled|address*disabled|is inactive|inactive user|inactive account|inactive mailbox\
         |account*inactive|mailbox*inactive|user inactive|account* closed|mailbox* closed|address* closed\
         |deactivated|not active|not activated|discontinued|account*expired|account*deleted|account*removed\
         |account*terminated|account*cancel|mailbox*deleted|user*deleted|no longer accepts mail\
         |no longer accepting mail|no longer active|no longer in use|no longer used|address*is retired\
         |mailbox expired|account is locked out|user has left|not been activated|dormant|not logged in for\
         |mailbox is frozen|inbox disabled|inactivity|user expired|no longer enabled",
    ),
    (
        Suspended,
        "suspended|account*blocked|mailbox*blocked|user*blocked|account*locked|mailbox*locked|user*locked\
         |temporarily disabled|mailbox*frozen|account*frozen|address*blocked|administratively*disabled\
         |mailbox temporarily|account*on hold|account*under review|address*locked|mailbox currently unavailable",
    ),
    (
        Moved,
        "has moved|user not local|user has moved|no longer works|no longer work|no longer employed\
         |no longer with|no longer associated|no longer at|new address is|address*changed|address*moved\
         |has left the company|has left our|changed*address|been replaced by|please use the address",
    ),
    (
        HostUnknown,
        "host unknown|domain is not reachable|unknown host|host not found|host*not found|domain not found\
         |unknown domain|domain unknown|domain*does not exist|domain*doesnt exist|domain*not exist|no such domain\
         |no such host|domain*not found|domain is unknown|nxdomain|name or service not known\
         |couldnt find any host|unrouteable mail domain|unroutable mail domain|unrouteable domain\
         |unroutable domain|bad destination host|bad destination system|bad destination domain|illegal host\
         |mx records point to non|no mx record|no mx or a record|no mail exchanger|does not accept mail nullmx\
         |nullmx|null mx|domain*invalid|invalid domain|not a valid domain|domain*expired\
         |domain does not accept mail|domain*not accept mail|domain accepts no mail|domain*no longer|no mx*found\
         |no mail server*found|cannot find*domain|could not find*domain|unable to find*domain|no hosts found\
         |unresolvable domain|no such site|domain*could not be found|domain*couldnt be found|no dns*domain\
         |does not receive mail|no valid hosts|lookup failed*no such|name server host not found\
         |no mail hosts for domain|nonexistent domain|dns domain*not exist|no route to domain|domain*has no mx\
         |all hosts*for*nonexistent",
    ),
    (
        UserUnknown,
        "user unknown|destinatario errato|indirizzo errato|no such mail|handle mail for that|no one with\
         |badrcptto|badrecipientto|validrcptto|missing home directory|not present in|were unknown|was unknown\
         |address invalid|unknown user|user not found|users not found|user*not found|no such user\
         |no such recipient|no such mailbox|no such address|no such account|no such person|no such local\
         |no such id|no such name|no such e|no such login|no such alias|no such addr|no such destination\
         |no such people|no such member|user*does not exist|does not exist|doesnt exist|dont exist|do not exist\
         |not exist|didnt exist|nonexistent|non existent|non existing|nonexisting|recipient unknown\
         |unknown recipient|recipient is unknown|recipients unknown|unknown address|address unknown\
         |addressee unknown|unknown addressee|unknown account|unknown mailbox|mailbox unknown|unknown local\
         |unknown to|unknown or illegal alias|unknown or invalid|is unknown|unknown email|unknown or*mailbox\
         |unknown or inactive|alias*unknown|unknown alias|unknown virtual|recipient not found|recipient*not found\
         |mailbox not found|mailbox*not found|account not found|account*not found|address not found\
         |address*not found|alias not found|name not found|couldnt be found|user not listed|user*not listed\
         |recipient*not listed|name*not listed|not listed in*directory|not listed in*address|no mailbox\
         |invalid recipient|invalid mailbox|invalid user|invalid local|invalid address|invalid to address\
         |recipient is invalid|invalid final delivery|invalid/inactive|mailbox*invalid|bad destination mailbox\
         |bad recipient|bad address|bad user|bad mailbox|unrouteable address|unroutable address\
         |undeliverable address|not a valid user|not a valid mailbox|not a valid recipient|not a valid address\
         |not a valid email|isnt a valid|is not a valid|not a known user|not a registered|not a local|not a user\
         |not known here|is not known|user not known|recipient not known|address not known|mailbox not known\
         |not known at|name*not recognized|recipient*not recognized|user*not recognized|address*not recognized\
         |mailbox*not recognized|user*not registered|address*not registered|recipient*not registered\
         |mailbox*not registered|unregistered user|unregistered recipient|unregistered address\
         |does not have an account|not have a*account|doesnt have a*account|doesnt have an\
         |does not have a mailbox|no account|no user here|no users here|no user by|no one here|no one by\
         |not our customer|user*not in our|recipient*not in our|address*not in our|not in our directory\
         |not in directory|not in the directory|name*not found|no matches|no match*name|account does not\
         |user does not|recipient does not|address does not|mailbox does not|isnt here|no valid recipient\
         |cannot find*user|could not find*user|cant find*user|no user named|user isn|never heard of\
         |unable to find*recipient|mailbox not available here|no longer a valid|no longer valid|no longer exist\
         |user*no longer|mailbox*no longer|account*no longer|address*no longer|recipient no longer|user no longer\
         |userunknown|nosuchuser|ambiguous or unknown|unable to validate recipient|recipient verify failed\
         |can t find|could not be found|user id*not|does not match any|not a vaild|addresses*not valid\
         |address is not valid|recipient*not valid|mailbox is not valid|invalid email address|there is no such\
         |this address does not|dest address rejected|email address*wrong",
    ),
];
