# The letters to readers. $name is the publication, $site the newsroom.
confirm-subject = Confirm your subscription to { $name }
confirm-heading = One click and you are in.
confirm-lead = Please confirm that you would like to get { $name } from { $site } at this address.
confirm-press = Confirm my subscription
confirm-after = The link works for { $hours }. It opens a page with one button; nothing is sent until you press it.
copy-link = If the button does not work, copy this address into your browser:
confirm-why = Why you get this: somebody, most likely you, entered this address in our sign-up form. If it was not you, simply ignore this mail: without your confirmation no newsletter comes, and at most one reminder.
confirm-why-brought = Why you get this: the newsroom of { $site } put this address on its list, and asks you whether { $name } may come. If you do not want it, simply ignore this mail: without your confirmation no newsletter comes, and at most one reminder.
confirm-not-me = This was not me
reminder-heading = Your subscription still waits for one click.
reminder-lead = You recently asked for { $name } from { $site }. Press the button, and it comes to this address. This is our only reminder.
reminder-lead-brought = We recently asked you whether { $name } from { $site } may come to this address. Press the button, and it does. This is our only reminder.
reminder-after = The link opens a page with one button. If you have changed your mind, do nothing: your address is deleted within days.
already-subject = You already get { $name }
already-heading = You are on the list already.
already-lead = { $name } from { $site } comes to this address, so there is nothing to confirm. Your choices, and the way to leave, are behind the button.
already-press = My choices
already-why = Why you get this: somebody, most likely you, entered this address in our sign-up form. If it was not you, simply ignore this mail: nothing has changed.
already-why-brought = Why you get this: the newsroom of { $site } wanted to put this address on its list, and you are on it already. Nothing has changed.
welcome-subject = Welcome to { $name }
welcome-heading = You are subscribed.
welcome-lead = { $name } from { $site } comes to this address with its next edition.
welcome-press = Choose sections and delivery time
welcome-after = Add our address to your contacts, and no edition gets lost among the advertising. Every edition holds a link to your choices and a link by which to leave.
welcome-latest = The latest edition:
welcome-why = Why you get this: you confirmed your subscription a moment ago.
welcome-leave = Unsubscribe

# What a form's button agrees to. Raise `consent::VERSION` with every change.
consent-text = Send me { $name } by e-mail. Every edition holds a link by which to leave, and my address serves for nothing else.
