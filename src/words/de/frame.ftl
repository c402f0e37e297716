skip-to-content = Zum Inhalt springen
newsletters = Newsletter
archive = Archiv
privacy-link = Wie wir mit Ihrer Adresse umgehen
language-of-page = Sprache dieser Seite

hours = { $n ->
    [one] { $n } Stunde
   *[other] { $n } Stunden
}
days = { $n ->
    [one] { $n } Tag
   *[other] { $n } Tage
}
