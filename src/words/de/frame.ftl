skip-to-content = Zum Inhalt springen
newsletters = Newsletter
archive = Archiv
privacy-link = Wie wir mit Ihrer Adresse umgehen
language-of-page = Sprache dieser Seite

minutes = { $n ->
    [one] { $n } Minute
   *[other] { $n } Minuten
}
hours = { $n ->
    [one] { $n } Stunde
   *[other] { $n } Stunden
}
days = { $n ->
    [one] { $n } Tag
   *[other] { $n } Tage
}

error-not_found-title = Seite nicht gefunden
error-not_found = Unter dieser Adresse gibt es keine Seite. Vielleicht ist sie umgezogen, oder der Link ist unvollständig.
error-method_not_allowed-title = Das geht hier nicht
error-method_not_allowed = Diese Adresse nimmt eine solche Anfrage nicht an.
error-invalid_link-title = Dieser Link funktioniert nicht
error-invalid_link = Dieser Link ist unvollständig oder stammt nicht von uns. Mailprogramme brechen lange Links manchmal um: Kopieren Sie bitte die ganze Adresse aus der Mail in Ihren Browser.
error-link_expired-title = Dieser Link ist abgelaufen
error-link_expired = Dieser Bestätigungslink gilt nicht mehr: Er ist abgelaufen, oder eine neuere Mail hat ihn ersetzt. Wenn Sie schon bestätigt haben, ist nichts weiter zu tun. Andernfalls melden Sie sich bitte noch einmal an.
error-too_large-title = Zu groß
error-too_large = Es wurde mehr gesendet, als dieses Formular aufnimmt.
error-media_type-title = Kein Formular
error-media_type = Dieses Formular nimmt application/x-www-form-urlencoded an.
error-cut_short-title = Abgebrochen
error-cut_short = Die Anfrage brach ab. Bitte versuchen Sie es noch einmal.
error-too_slow-title = Zu langsam
error-too_slow = Die Anfrage kam nicht rechtzeitig an. Bitte versuchen Sie es noch einmal.
error-refused-title = Das hat nicht geklappt
error-refused = Die Anfrage war nicht zu verstehen.
error-prefetch-title = Noch nicht
error-prefetch = Es ist nichts geschehen: Die Anfrage kam vor einem Klick. Bitte öffnen Sie den Link und drücken Sie den Knopf.
error-rate_limited-title = Bitte warten Sie ein wenig
error-rate_limited = { $n ->
    [one] Aus Ihrem Netz kamen zu viele Versuche. Bitte versuchen Sie es in { $n } Minute wieder.
   *[other] Aus Ihrem Netz kamen zu viele Versuche. Bitte versuchen Sie es in { $n } Minuten wieder.
}
error-internal-title = Etwas ist schiefgegangen
error-internal = Bei uns ist etwas schiefgegangen. Es ist vermerkt; bitte versuchen Sie es gleich noch einmal.
error-unavailable-title = Gleich wieder da
error-unavailable = Der Dienst macht eine kurze Pause. Bitte versuchen Sie es in einer Minute wieder; es geht nichts verloren.
error-unknown_publication-title = Diesen Newsletter gibt es nicht
error-unknown_publication = Einen Newsletter dieses Namens gibt es hier nicht. Auf der Startseite stehen alle.
error-unknown_edition-title = Diese Ausgabe gibt es nicht
error-unknown_edition = Unter dieser Adresse gibt es keine Ausgabe. Im Archiv stehen alle, die verschickt wurden.
request-number = Anfrage { $name }

link-to-the-front-page = Zur Startseite
link-to-the-archive = Zum Archiv
link-sign-up-again = Noch einmal anmelden

error-nobody_kept-title = Hier ist nichts mehr aufbewahrt
error-nobody_kept = Die Einstellungen hinter diesem Link wurden gelöscht, oder ihre Zeit war nach Ihrer Abmeldung um. Es kommt keine Mail zu Ihnen. Sie können sich gern neu anmelden.
