home-title = L’actualité du jour, par courriel
home-lead = Un message quand la rédaction a fini sa journée. Un clic y met fin.
home-empty = Aucune lettre d’information n’est encore en place. Revenez bientôt.
choose-more = Choisir les rubriques et l’heure d’envoi
past-editions = Éditions passées
subscribe-to = S’inscrire à { $name }
latest-edition = Dernière édition

form-check = Veuillez vérifier le formulaire
form-sections = Rubriques
form-sections-hint = Cochez-en quelques-unes, ou laissez tout vide pour tout recevoir.
form-when = Quand elle arrive
form-when-hint = Vous pouvez laisser ceci tel quel et le changer plus tard.
form-hour = Heure d’envoi
form-at-once = Dès la parution
form-zone = Votre fuseau horaire
form-zone-newsroom = Celui de la rédaction ({ $name })
form-breaking = Alertes
form-breaking-hint = Rares, et envoyées aussitôt.
form-breaking-tick = Envoyez-moi aussi les alertes
form-email = Votre adresse électronique
form-subscribe = S’inscrire
form-trap = Laissez ce champ vide

field-empty = L’adresse est vide ; écrivez-la comme nom@example.org.
field-too_long = L’adresse dépasse 254 caractères.
field-local_part_too_long = La partie avant le @ dépasse 64 caractères.
field-no_at = Il manque le @ dans l’adresse ; écrivez-la comme nom@example.org.
field-domain = Après le @, il faut un domaine complet, tel que example.org.
field-local_part = La partie avant le @ contient des caractères que le courrier ne peut pas transporter.
field-role = Cette boîte est celle d’une fonction et ne peut pas s’inscrire ; utilisez une adresse personnelle.
field-unknown_publication = Aucune lettre d’information ne porte ce nom.
field-unknown_section = Cette lettre n’a pas cette rubrique.
field-unknown_time_zone = Ce fuseau horaire n’est pas connu ; choisissez-en un dans la liste.
field-no_breaking = Cette lettre n’envoie pas d’alertes.
field-hour = Choisissez une heure dans la liste.
field-language = Ce code de langue n’est pas connu.
field-press_again = Veuillez attendre deux secondes et appuyer encore une fois sur le bouton.
field-wait_and_press = Veuillez attendre un quart de minute, puis appuyer encore une fois sur le bouton.

schedule-every-day = Tous les jours à { $time }
schedule-range = Du { $from } au { $to } à { $time }
schedule-days = { $days } à { $time }
list-and = et
day-in-list = { $day ->
    [mon] le lundi
    [tue] le mardi
    [wed] le mercredi
    [thu] le jeudi
    [fri] le vendredi
    [sat] le samedi
   *[sun] le dimanche
}
day-from = { $day ->
    [mon] lundi
    [tue] mardi
    [wed] mercredi
    [thu] jeudi
    [fri] vendredi
    [sat] samedi
   *[sun] dimanche
}
day-to = { $day ->
    [mon] lundi
    [tue] mardi
    [wed] mercredi
    [thu] jeudi
    [fri] vendredi
    [sat] samedi
   *[sun] dimanche
}
day-alone = { $day ->
    [mon] le lundi
    [tue] le mardi
    [wed] le mercredi
    [thu] le jeudi
    [fri] le vendredi
    [sat] le samedi
   *[sun] le dimanche
}

check-mailbox = Consultez votre messagerie
sent-kicker = Vous y êtes presque
sent-title = Consultez maintenant votre messagerie
sent-lead = Un message avec un seul bouton est en route. Appuyez dessus, et { $name } est à vous.
sent-address = Vous avez écrit
sent-steps = La suite
sent-step-open = Ouvrez le message de { $name }. Il devrait arriver d’ici une à deux minutes.
sent-step-subject = Cherchez l’objet
sent-step-press = Appuyez sur « { $button } ». Le lien fonctionne pendant { $name }.
sent-step-rest = C’est tout. D’ici là, nous ne vous envoyons rien d’autre, sauf un rappel au plus.
sent-none = Pas de message ?
sent-spam = Regardez dans le dossier des indésirables ou des promotions, et vérifiez l’orthographe ci-dessus. Une adresse déjà inscrite reçoit à la place un lien vers ses choix ; une adresse qui ne veut plus de nos messages n’en reçoit pas.
sent-once-more = Nous pouvons l’envoyer de nouveau. Une adresse reçoit au plus un message en { $name } : demander plus souvent n’accélère rien.
sent-again = Envoyer de nouveau
sent-noted = Demande renouvelée. Si le dernier message est assez ancien, le suivant est en route.
sent-other = Utiliser une autre adresse
typo-hint = Vouliez-vous dire { $name } ?
typo-yes = Oui, utiliser { $name }

confirm-title = Confirmez votre inscription
confirm-kicker = Un dernier clic
confirm-page-lead = Appuyez sur le bouton, et { $name } arrive dans votre messagerie.
confirm-also = Vous avez aussi demandé ceci. Cochez ce que la même pression doit confirmer.
confirm-stranger = Quelqu’un d’autre a saisi votre adresse ?
confirmed-kicker = Merci
confirmed-title = Vous êtes inscrit
confirmed-lead = Vous recevez { $name } dès la prochaine édition.
confirmed-choose = Choisir les rubriques et l’heure d’envoi
confirmed-rest = Chaque édition contient un lien vers vos choix et un lien pour vous désinscrire. Ajoutez notre adresse à vos contacts, et aucune édition ne se perdra parmi les publicités.
not-me-thanks = Merci de nous l’avoir dit
not-me-title = Votre adresse n’est pas sur notre liste
not-me-lead = L’inscription est oubliée et, pendant les 90 prochains jours, personne ne peut nous faire envoyer une confirmation à votre adresse.
not-me-late-title = Cette adresse est déjà inscrite
not-me-late-lead = L’inscription a déjà été confirmée. Pour ne plus recevoir de messages, appuyez sur « Se désinscrire » au bas de l’un d’eux.

archive-of = Archives de { $name }
archive-page = { $title }, page { $page }
archive-empty = Aucune lettre d’information n’est encore en place.
archive-latest = Dernière édition :
archive-none = Pas encore d’édition.
archive-corrected = Corrigée
archive-first = Aucune édition n’a encore été envoyée. La première peut venir à vous.
archive-pages = Pages des archives
archive-newer = Plus récentes
archive-older = Plus anciennes
archive-place = Page { $page } sur { $pages }
archive-all = Toutes les éditions de { $name }
archive-subscribe = S’inscrire
archive-earlier = Précédente
archive-later = Suivante
feed-atom = Flux Atom
feed-json = Flux JSON

disown-title = Ce n’était pas vous ?
disown-lead = Pressez le bouton, et l’inscription est oubliée. Pendant 90 jours, personne ne pourra nous faire envoyer une confirmation à cette adresse.
form-patience = Attendez quinze secondes avant de presser le bouton : votre navigateur ne résout pas d’énigme, et c’est notre autre façon de freiner les programmes.
