# Head and foot of every page, and what several pages share.
skip-to-content = Skip to the content
newsletters = Newsletters
archive = Archive
privacy-link = How we treat your address
language-of-page = Language of this page

hours = { $n ->
    [one] { $n } hour
   *[other] { $n } hours
}
days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
