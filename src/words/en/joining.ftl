# The front page, the sign-up and its confirmation; the archive and the frame around an edition.
home-title = The day’s reporting, by mail
home-lead = One mail when the newsroom’s work is done. One click ends it.
home-empty = No newsletter has been set up yet. Please come back soon.
choose-more = Choose sections and delivery time
past-editions = Past editions
subscribe-to = Subscribe to { $name }
latest-edition = Latest edition

form-check = Please check the form
form-sections = Sections
form-sections-hint = Tick some, or leave all empty to get everything.
form-when = When it comes
form-when-hint = You can leave this as it is, and change it later.
form-hour = Delivery time
form-at-once = As soon as it is out
form-zone = Your time zone
form-zone-newsroom = The newsroom’s ({ $name })
form-breaking = Breaking news
form-breaking-hint = Rare, and sent at once.
form-breaking-tick = Send me breaking news too
form-email = Your e-mail address
form-subscribe = Subscribe
form-trap = Leave this field empty

# What is wrong with one field, by its code.
field-empty = The address is empty; write it like name@example.org.
field-too_long = The address is longer than 254 characters.
field-local_part_too_long = The part before the @ is longer than 64 characters.
field-no_at = There is no @ in the address; write it like name@example.org.
field-domain = The part after the @ must be a full domain such as example.org.
field-local_part = The part before the @ holds characters that mail cannot carry.
field-role = This mailbox belongs to a role and cannot subscribe; use a personal address.
field-unknown_publication = There is no newsletter of this name.
field-unknown_section = This newsletter has no such section.
field-unknown_time_zone = This time zone is not known; choose one from the list.
field-no_breaking = This newsletter sends no breaking news.
field-hour = Choose a delivery time from the list.
field-language = This language tag is not known.
field-press_again = Please take a breath of two seconds, and press the button once more.
field-wait_and_press = Please wait a quarter of a minute, and press the button once more.

# When an edition comes: 18:30 is { $time }.
schedule-every-day = Every day at { $time }
schedule-range = { $from } to { $to } at { $time }
schedule-days = { $days } at { $time }
list-and = and
day-in-list = { $day ->
    [mon] Monday
    [tue] Tuesday
    [wed] Wednesday
    [thu] Thursday
    [fri] Friday
    [sat] Saturday
   *[sun] Sunday
}
day-from = { $day ->
    [mon] Monday
    [tue] Tuesday
    [wed] Wednesday
    [thu] Thursday
    [fri] Friday
    [sat] Saturday
   *[sun] Sunday
}
day-to = { $day ->
    [mon] Monday
    [tue] Tuesday
    [wed] Wednesday
    [thu] Thursday
    [fri] Friday
    [sat] Saturday
   *[sun] Sunday
}
day-alone = { $day ->
    [mon] Mondays
    [tue] Tuesdays
    [wed] Wednesdays
    [thu] Thursdays
    [fri] Fridays
    [sat] Saturdays
   *[sun] Sundays
}

check-mailbox = Check your mailbox
sent-kicker = Almost there
sent-title = Now look into your mailbox
sent-lead = One mail with one button is on its way. Press it, and { $name } is yours.
sent-address = You typed
sent-steps = What happens next
sent-step-open = Open the mail from { $name }. It should be there within a minute or two.
sent-step-subject = Look for the subject
sent-step-press = Press “{ $button }”. The link works for { $name }.
sent-step-rest = That is all. Until then we send you nothing else, but for one reminder at most.
sent-none = No mail?
sent-spam = Look into the folder for spam or advertising, and check the spelling above. An address that is already subscribed gets a mail with a link to its choices instead; one that asked us never to write gets none.
sent-once-more = We can send it again. At most one mail in { $name } goes to an address, so asking more often brings nothing sooner.
sent-again = Send it again
sent-noted = Asked once more. If the last mail is old enough, the next is on its way.
sent-other = Use another address
typo-hint = Did you mean { $name }?
typo-yes = Yes, use { $name }

confirm-title = Confirm your subscription
confirm-kicker = One last click
confirm-page-lead = Press the button, and { $name } comes to your mailbox.
confirm-also = You asked for these too. Tick what the same press should confirm.
confirm-stranger = Somebody else entered your address?
confirmed-kicker = Thank you
confirmed-title = You are subscribed
confirmed-lead = { $name } comes to you with its next edition.
confirmed-choose = Choose sections and delivery time
confirmed-rest = Every edition holds a link to your choices and a link by which to leave. Add our address to your contacts, and no edition gets lost among the advertising.
not-me-thanks = Thank you for telling us
not-me-title = Your address is not on our list
not-me-lead = The sign-up is forgotten, and for the next 90 days nobody can have us send a confirmation to you.
not-me-late-title = This address is subscribed already
not-me-late-lead = The sign-up was confirmed before. To stop the mails, press “Unsubscribe” at the foot of any of them.

archive-of = Archive of { $name }
archive-page = { $title }, page { $page }
archive-empty = No newsletter has been set up yet.
archive-latest = Latest edition:
archive-none = No edition yet.
archive-corrected = Corrected
archive-first = No edition has been sent yet. The first one can come to you.
archive-pages = Pages of the archive
archive-newer = Newer
archive-older = Older
archive-place = Page { $page } of { $pages }
archive-all = All editions of { $name }
archive-subscribe = Subscribe
archive-earlier = Earlier
archive-later = Later
feed-atom = Atom feed
feed-json = JSON feed

disown-title = Was this not you?
disown-lead = Press the button, and the sign-up is forgotten. For 90 days nobody can have us send a confirmation to this address.
form-patience = Please wait fifteen seconds before you press the button: your browser solves no puzzle, and that is our other way to slow down programs.
