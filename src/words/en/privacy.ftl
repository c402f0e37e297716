# How addresses are treated: told from the configuration that decides it.
privacy-lead = We use your address to send you what you asked for, and for nothing else.
privacy-who = Who is responsible
privacy-write = Write to
privacy-officer = Data protection officer
privacy-why = What for, and on what ground
privacy-purposes = To send the newsletters that you chose, to let you choose and leave, and to show that you asked for them.
privacy-basis = Your consent (GDPR, Article 6(1)(a)). You can withdraw it at any time; what was sent before stays lawful.
privacy-what = What we keep
privacy-keep-address = Your address and your choices
privacy-keep-address-text = Newsletter, sections, delivery time, language: as long as you are subscribed, because without them nothing could be sent.
privacy-keep-consent = Your consent
privacy-keep-consent-text = The words you agreed to, their version and language, when, on which page, and the network you came from (not your full IP address). The law asks us to be able to show it.
privacy-keep-delivery = Whether a mail was delivered
privacy-keep-delivery-text = So that nobody gets an edition twice, and none is lost. We do not record whether you open a mail or which links you follow.
privacy-processors = Who works for us
privacy-nobody = The newsroom has named no company that works for it here.
privacy-long = How long
privacy-long-link = The link in a confirmation mail
privacy-works-for = works for { $name }
privacy-long-pending = A sign-up that nobody confirmed
privacy-deleted-after = deleted after { $name }
privacy-long-outbox = The confirmation mail itself
privacy-deleted-sent = deleted { $name } after it was sent
privacy-long-delivery = The detail of each delivery
privacy-counts-after = kept for { $name }, then only counted
privacy-long-network = The network you signed up from
privacy-long-leaver = The address of somebody who left
privacy-digest-after = kept for { $name }, then only as a keyed digest, from which the address cannot be read, so that no old list brings it back
privacy-long-barred = An address that must not be mailed
privacy-digest = kept as a keyed digest, from which the address cannot be read
privacy-limits = Against strangers who type your address
privacy-limits-text = { $n ->
    [one] One network may send us { $n } sign-up an hour.
   *[other] One network may send us { $n } sign-ups an hour.
}
privacy-limits-address = An address gets at most one confirmation in { $window }, and at most { $mails } in a day. Beside one reminder, nothing else is sent before you press the button in it.
privacy-rights = What you can do
privacy-right-leave = Leave at any time: every edition holds a link, one press is enough, and it never expires.
privacy-right-choose = Change your choices by the link in every edition, without a password.
privacy-right-data = Get everything we hold about you, correct it, or have it erased: the page behind that link mails you a personal link for it, or write to us.
privacy-right-object = Object, or ask us to keep your data without using it: write to us.
privacy-right-complain = Complain to the data protection authority of your country.
privacy-not = What we do not do
privacy-not-text = No tracking, no cookies for readers, no scripts that a page needs, nothing loaded from other companies, no sale of addresses.
