home-title = Die Nachrichten des Tages, per Mail
home-lead = Eine Mail, wenn die Redaktion ihr Tagwerk getan hat. Ein Klick, und sie bleibt aus.
home-empty = Es ist noch kein Newsletter eingerichtet. Bitte schauen Sie bald wieder vorbei.
choose-more = Rubriken und Zustellzeit wählen
past-editions = Bisherige Ausgaben
subscribe-to = { $name } abonnieren
latest-edition = Neueste Ausgabe

form-check = Bitte prüfen Sie das Formular
form-sections = Rubriken
form-sections-hint = Wählen Sie einige, oder lassen Sie alle leer, um alles zu erhalten.
form-when = Wann sie kommt
form-when-hint = Sie können das so lassen und später ändern.
form-hour = Zustellzeit
form-at-once = Sobald sie erscheint
form-zone = Ihre Zeitzone
form-zone-newsroom = Die der Redaktion ({ $name })
form-breaking = Eilmeldungen
form-breaking-hint = Selten, und sofort verschickt.
form-breaking-tick = Senden Sie mir auch Eilmeldungen
form-email = Ihre E-Mail-Adresse
form-subscribe = Abonnieren
form-trap = Lassen Sie dieses Feld leer

field-empty = Die Adresse fehlt; schreiben Sie sie wie name@example.org.
field-too_long = Die Adresse ist länger als 254 Zeichen.
field-local_part_too_long = Der Teil vor dem @ ist länger als 64 Zeichen.
field-no_at = In der Adresse fehlt das @; schreiben Sie sie wie name@example.org.
field-domain = Hinter dem @ muss eine vollständige Domain stehen, etwa example.org.
field-local_part = Der Teil vor dem @ enthält Zeichen, die eine Mail nicht befördern kann.
field-role = Dieses Postfach gehört zu einer Funktion und kann nichts abonnieren; nehmen Sie bitte eine persönliche Adresse.
field-unknown_publication = Einen Newsletter dieses Namens gibt es nicht.
field-unknown_section = Dieser Newsletter hat keine solche Rubrik.
field-unknown_time_zone = Diese Zeitzone ist nicht bekannt; wählen Sie eine aus der Liste.
field-no_breaking = Dieser Newsletter verschickt keine Eilmeldungen.
field-hour = Wählen Sie eine Zustellzeit aus der Liste.
field-language = Dieses Sprachkürzel ist nicht bekannt.
field-press_again = Bitte warten Sie zwei Sekunden und drücken Sie den Knopf noch einmal.
field-wait_and_press = Bitte warten Sie eine Viertelminute und drücken Sie den Knopf noch einmal.

schedule-every-day = Täglich um { $time } Uhr
schedule-range = { $from } bis { $to } um { $time } Uhr
schedule-days = { $days } um { $time } Uhr
list-and = und
day-in-list = { $day ->
    [mon] montags
    [tue] dienstags
    [wed] mittwochs
    [thu] donnerstags
    [fri] freitags
    [sat] samstags
   *[sun] sonntags
}
day-from = { $day ->
    [mon] Montag
    [tue] Dienstag
    [wed] Mittwoch
    [thu] Donnerstag
    [fri] Freitag
    [sat] Samstag
   *[sun] Sonntag
}
day-to = { $day ->
    [mon] Montag
    [tue] Dienstag
    [wed] Mittwoch
    [thu] Donnerstag
    [fri] Freitag
    [sat] Samstag
   *[sun] Sonntag
}
day-alone = { $day ->
    [mon] montags
    [tue] dienstags
    [wed] mittwochs
    [thu] donnerstags
    [fri] freitags
    [sat] samstags
   *[sun] sonntags
}

check-mailbox = Sehen Sie in Ihr Postfach
sent-kicker = Fast geschafft
sent-title = Sehen Sie jetzt in Ihr Postfach
sent-lead = Eine Mail mit einem Knopf ist unterwegs. Drücken Sie ihn, und Sie bekommen { $name }.
sent-address = Sie schrieben
sent-steps = Wie es weitergeht
sent-step-open = Öffnen Sie die Mail von { $name }. Sie sollte in ein bis zwei Minuten da sein.
sent-step-subject = Achten Sie auf den Betreff
sent-step-press = Drücken Sie „{ $button }“. Der Link gilt { $name } lang.
sent-step-rest = Das ist alles. Bis dahin senden wir Ihnen nichts weiter als höchstens eine Erinnerung.
sent-none = Keine Mail?
sent-spam = Sehen Sie im Ordner für Spam oder Werbung nach, und prüfen Sie die Schreibweise oben. Eine Adresse, die schon abonniert hat, erhält stattdessen einen Link zu ihren Einstellungen; eine, die keine Post von uns will, erhält keine.
sent-once-more = Wir können sie noch einmal senden. An eine Adresse geht in { $name } höchstens eine Mail; öfter zu bitten beschleunigt nichts.
sent-again = Noch einmal senden
sent-noted = Noch einmal angefragt. Ist die letzte Mail alt genug, so ist die nächste unterwegs.
sent-other = Andere Adresse verwenden
typo-hint = Meinten Sie { $name }?
typo-yes = Ja, { $name } verwenden

confirm-title = Bestätigen Sie Ihr Abonnement
confirm-kicker = Ein letzter Klick
confirm-page-lead = Drücken Sie den Knopf, und { $name } kommt in Ihr Postfach.
confirm-also = Auch darum haben Sie gebeten. Kreuzen Sie an, was derselbe Druck bestätigen soll.
confirm-stranger = Jemand anders hat Ihre Adresse eingegeben?
confirmed-kicker = Vielen Dank
confirmed-title = Ihr Abonnement gilt
confirmed-lead = { $name } kommt mit der nächsten Ausgabe zu Ihnen.
confirmed-choose = Rubriken und Zustellzeit wählen
confirmed-rest = Jede Ausgabe enthält einen Link zu Ihren Einstellungen und einen zum Abbestellen. Nehmen Sie unsere Adresse in Ihre Kontakte auf, damit keine Ausgabe unter der Werbung verschwindet.
not-me-thanks = Danke für den Hinweis
not-me-title = Ihre Adresse steht nicht auf unserer Liste
not-me-lead = Die Anmeldung ist vergessen, und in den nächsten 90 Tagen kann niemand veranlassen, dass wir Ihnen eine Bestätigung senden.
not-me-late-title = Diese Adresse hat bereits abonniert
not-me-late-lead = Die Anmeldung wurde schon bestätigt. Um keine Mails mehr zu erhalten, drücken Sie am Fuß einer von ihnen „Abbestellen“.

archive-of = Archiv: { $name }
archive-page = { $title }, Seite { $page }
archive-empty = Es ist noch kein Newsletter eingerichtet.
archive-latest = Neueste Ausgabe:
archive-none = Noch keine Ausgabe.
archive-corrected = Korrigiert
archive-first = Es wurde noch keine Ausgabe verschickt. Die erste kann zu Ihnen kommen.
archive-pages = Seiten des Archivs
archive-newer = Neuere
archive-older = Ältere
archive-place = Seite { $page } von { $pages }
archive-all = Alle Ausgaben: { $name }
archive-subscribe = Abonnieren
archive-earlier = Frühere
archive-later = Spätere
feed-atom = Atom-Feed
feed-json = JSON-Feed

disown-title = Waren Sie das nicht?
disown-lead = Drücken Sie den Knopf, und die Anmeldung ist vergessen. 90 Tage lang kann uns niemand eine Bestätigung an diese Adresse schicken lassen.
form-patience = Bitte warten Sie fünfzehn Sekunden, bevor Sie den Knopf drücken: Ihr Browser löst kein Rätsel, und so bremsen wir Programme auf andere Weise.
