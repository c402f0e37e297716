# Head and foot of every page, and what several pages share.
skip-to-content = Skip to the content
newsletters = Newsletters
archive = Archive
privacy-link = How we treat your address
language-of-page = Language of this page

minutes = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
}
hours = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
}
days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}

# What went wrong, by the code of the error; the title, and what to do about it.
error-not_found-title = Page not found
error-not_found = There is no page at this address. It may have moved, or the link may be cut short.
error-method_not_allowed-title = That does not work here
error-method_not_allowed = This address does not take that kind of request.
error-invalid_link-title = This link does not work
error-invalid_link = This link is not complete or not one of ours. Mail programs sometimes break long links: try to copy the whole address from the mail into your browser.
error-link_expired-title = This link has expired
error-link_expired = This confirmation link no longer works: it has expired, or a newer mail has replaced it. If you have confirmed before, there is nothing more to do. Otherwise sign up once more.
error-too_large-title = Too large
error-too_large = What was sent is larger than this form takes.
error-media_type-title = Not a form
error-media_type = This form takes application/x-www-form-urlencoded.
error-cut_short-title = Cut short
error-cut_short = The request broke off. Please try again.
error-too_slow-title = Too slow
error-too_slow = The request took too long to arrive. Please try again.
error-refused-title = That did not work
error-refused = The request could not be understood.
error-prefetch-title = Not yet
error-prefetch = Nothing was done: the request was made ahead of a click. Please open the link and press the button.
error-rate_limited-title = Please wait a little
error-rate_limited = { $n ->
    [one] There were too many tries from your network. Please try again in { $n } minute.
   *[other] There were too many tries from your network. Please try again in { $n } minutes.
}
error-internal-title = Something went wrong
error-internal = Something went wrong on our side. It has been noted; please try again in a moment.
error-unavailable-title = Back in a minute
error-unavailable = The service is taking a short break. Please try again in a minute; nothing is lost.
error-unknown_publication-title = No such newsletter
error-unknown_publication = There is no newsletter of this name here. The front page lists all of them.
error-unknown_edition-title = No such edition
error-unknown_edition = There is no edition at this address. The archive lists all that were sent.
request-number = Request { $name }

# The ways onward that a page of an error offers.
link-to-the-front-page = To the front page
link-to-the-archive = To the archive
link-sign-up-again = Sign up again

error-nobody_kept-title = Nothing is kept here any more
error-nobody_kept = The choices behind this link were erased, or their time was over after you left. No mail comes to you. You are welcome to sign up again.
